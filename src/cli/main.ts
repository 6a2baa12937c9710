#!/usr/bin/env node
import { hideBin } from "yargs/helpers";
import { parser, runCommandLine } from "./commandLine.ts";
import { survivePipe } from "./process.ts";

survivePipe();
await runCommandLine(parser(hideBin(process.argv)));
