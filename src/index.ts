/**
 * l1probe from TypeScript: schedules, experiments, sweeps, their records, figures and reports. The commands are built
 * from the same functions. docs/typescript.md has examples.
 */

export { type RecommendOptions, recommend } from "./advice/recommend.ts";
export { type Verification, type VerifyOptions, verify } from "./advice/verify.ts";
export { type Curve, curve, frameChange, type Metric, metrics } from "./analysis/curve.ts";
export { type Dependence, dependence } from "./analysis/dependence.ts";
export type { Recommendation } from "./analysis/recommendation.ts";
export { type Column, columns, type Row, rows } from "./analysis/row.ts";
export { TEACACHE_NAMES, type TeaCache, teaCache } from "./cache/teaCache.ts";
export type { RunEvent, RunOptions } from "./client/connect.ts";
export { connect, type ProbeClient } from "./client/connect.ts";
export { type LocalServer, type LocalServerOptions, startLocalServer } from "./client/localServer.ts";
export { type ErrorKind, ProbeError } from "./errors.ts";
export type { Axis, Cell } from "./experiment/cell.ts";
export { type ExpandOptions, type Expansion, expand } from "./experiment/expand.ts";
export { cellId } from "./experiment/identity.ts";
export { type Pairs, pairsOf } from "./experiment/pairs.ts";
export type { Experiment } from "./experiment/schema.ts";
export { publishedSchema } from "./experiment/schema.ts";
export { expandSource, readSource, type Source } from "./experiment/source.ts";
export { wireCell } from "./experiment/wireCell.ts";
export { changePerSigmaFigure } from "./figure/changePerSigma.ts";
export { curvesFigure } from "./figure/curves.ts";
export type { Figure } from "./figure/figure.ts";
export { type FrameFigure, frameCells, frameFigure } from "./figure/frames.ts";
export { meanAbsFigure } from "./figure/meanAbs.ts";
export { schedulesFigure } from "./figure/schedules.ts";
export { heatMapFigure, pngFigure, svgFigure } from "./figure/static/images.ts";
export * as wire from "./generated/l1probe/v1/probe.ts";
export type { Evaluation } from "./record/evaluations.ts";
export { readRecord, readSteps, readStepsOf } from "./record/read.ts";
export type { CellRecord, IdentifiedCell, Manifest, SweepRecord } from "./record/record.ts";
export { meanAbsTable } from "./report/table.ts";
export { type ReportFiles, writeReport } from "./report/write.ts";
export { parseSchedule, type Schedule, scheduleFromSigmas } from "./schedule/index.ts";
export { ARTIFACTS } from "./sweep/artifacts.ts";
export { type Forecast, type ForecastOptions, forecast, type ModelPass } from "./sweep/forecast.ts";
export type { Progress } from "./sweep/progress.ts";
export { runSweep, type SweepEnd, type SweepOptions } from "./sweep/runSweep.ts";
