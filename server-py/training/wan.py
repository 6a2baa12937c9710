"""Wan2.1, small: one text encoder, blocks with cross-attention, no guidance embedding."""

import math
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
)
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d
from torch import Tensor, nn
from torch.nn import functional

from . import world
from .architecture import TIMESTEPS, Architecture, Card, Prompts
from .autoencoder import LATENT_CHANNELS, Latents, encode
from .convolution import fastest, half_under_autocast, stacked_taps
from .progress import log
from .recipe import AutoencoderRecipe, Bucket, TransformerRecipe
from .text import WIDTH
from .wan_text import WanTextEncoder

LAYERS = 9
VAE_WIDTH = 16


class Wan(Architecture):
    """The classes of Wan2.1, text to video: true CFG in two forwards, UniPC by default."""

    name = "wan"
    least_psnr = (30.0, 22.0)
    shift = 3.0  # of the 480p checkpoints
    card = Card(
        folder="tiny-wan",
        of="Wan2.1",
        pipeline="WanPipeline",
        size="five",
        tokens="512",
        guidance="guidance_scale",
        encoders="the text encoder",
        options="--architecture wan ",
        beyond="",
        cost="",
        limits="""\
- Its autoencoder was trained for fewer steps than `tiny`'s and blurs more: edges ripple, and
  crosses bend.
""",
    )

    def new_text(self) -> WanTextEncoder:
        return WanTextEncoder()

    def new_autoencoder(self, recipe: AutoencoderRecipe) -> AutoencoderKLWan:
        """Initialised as a nearly linear pyramid of averages, so that colour survives its norms."""
        autoencoder = AutoencoderKLWan(
            base_dim=VAE_WIDTH,
            z_dim=LATENT_CHANNELS,
            dim_mult=[1, 2, 3, 3],
            num_res_blocks=1,
            latents_mean=[0.0] * LATENT_CHANNELS,
            latents_std=[1.0] * LATENT_CHANNELS,
        )
        with torch.no_grad():
            for name, module in autoencoder.named_modules():
                _initialise(name, module)
            mean = slice(None, LATENT_CHANNELS)
            log_variance = slice(LATENT_CHANNELS, None)
            quant: Any = autoencoder.quant_conv
            nn.init.orthogonal_(quant.weight[mean])
            quant.bias.zero_()
            post_quant: Any = autoencoder.post_quant_conv
            nn.init.orthogonal_(post_quant.weight)
            post_quant.bias.zero_()
            quant.weight[log_variance] *= 0.1
            quant.bias[log_variance] = -5.0  # little noise on the latents at first
        return autoencoder

    def faster(
        self, autoencoder: Any, bucket: Bucket, generator: torch.Generator
    ) -> AbstractContextManager[None]:
        forms = {"direct": _direct, "stacked": stacked}
        return fastest(WanCausalConv3d, forms, autoencoder, bucket, generator)

    def new_transformer(self, recipe: TransformerRecipe) -> WanTransformer3DModel:
        inner = recipe.heads * recipe.head_width
        transformer = WanTransformer3DModel(
            num_attention_heads=recipe.heads,
            attention_head_dim=recipe.head_width,
            in_channels=LATENT_CHANNELS,
            out_channels=LATENT_CHANNELS,
            text_dim=WIDTH,
            freq_dim=256,
            ffn_dim=3 * inner,
            num_layers=LAYERS,
            rope_max_seq_len=64,
        )
        embedder: Any = transformer.condition_embedder
        blocks: Any = transformer.blocks
        with torch.no_grad():
            # Gates of 0 make each block the identity; cross-attention has no gate.
            layers: list[Any] = [embedder.time_proj, transformer.proj_out]
            for layer in layers:
                layer.weight.zero_()
                layer.bias.zero_()
            for block in blocks:
                block.scale_shift_table.zero_()
                block.attn2.to_out[0].weight.zero_()
                block.attn2.to_out[0].bias.zero_()
        return transformer

    @torch.no_grad()
    def whiten(
        self, autoencoder: Any, recipe: AutoencoderRecipe, generator: torch.Generator
    ) -> None:
        """Write each channel's mean and spread into the configuration, as Wan's pipelines read."""
        bucket = recipe.buckets[0]
        scenes = world.training_scenes(recipe.whitening_clips, generator)
        video = world.draw(scenes, bucket.size, generator).video
        sample = encode(autoencoder, video, batch=4 * bucket.batch)
        mean, spread = sample.mean((0, 2, 3, 4)), sample.std((0, 2, 3, 4))
        spread = spread.clamp_min(0.25 * spread.max())  # a dead channel is not blown up
        autoencoder.register_to_config(
            latents_mean=[round(value, 6) for value in mean.tolist()],
            latents_std=[round(value, 6) for value in spread.tolist()],
        )
        log("latents", [round(v, 2) for v in mean.tolist()], [round(v, 2) for v in spread.tolist()])

    def scaled(self, autoencoder: Any, latents: Latents) -> Latents:
        mean, spread = (
            latents.new_tensor(values).view(1, -1, 1, 1, 1)
            for values in (autoencoder.config.latents_mean, autoencoder.config.latents_std)
        )
        return (latents - mean) / spread

    def blocks(self, transformer: Any) -> Iterable[nn.Module]:
        return [transformer.blocks]

    def velocity(self, transformer: Any, noisy: Latents, time: Tensor, prompts: Prompts) -> Latents:
        return transformer(
            hidden_states=noisy,
            timestep=time * TIMESTEPS,
            encoder_hidden_states=prompts.states,
            return_dict=False,
        )[0]

    def save(self, folder: Path, autoencoder: Any, transformer: Any, encoders: Any) -> None:
        # The pipelines' annotations name another scheduler than Wan's repositories have.
        scheduler: Any = UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=self.shift
        )
        pipeline = WanPipeline(
            tokenizer=encoders.tokenizer,
            text_encoder=encoders.umt5,
            vae=autoencoder,
            scheduler=scheduler,
            transformer=transformer,
        )
        pipeline.to(torch.float16)
        pipeline.save_pretrained(folder)


def _initialise(name: str, module: Any) -> None:
    """Set one module's first weights by its place in the network."""
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "conv2" or leaf == "proj":  # residual branches contribute nothing yet
        module.weight.zero_()
        module.bias.zero_()
    elif leaf == "conv_shortcut" and hasattr(module, "weight"):
        nn.init.orthogonal_(module.weight)  # widths change, lengths stay
        module.bias.zero_()
    elif leaf == "time_conv":
        module.weight.mul_(0.3)
        outputs, inputs = module.weight.shape[:2]
        # Downsampling sees the frame itself last; upsampling makes two frames of one.
        module.weight[:, :, -1, 0, 0] += torch.eye(inputs).repeat(outputs // inputs, 1)
        module.bias.zero_()
    elif name.endswith("resample.1"):  # hand on the pixel below
        outputs, inputs = module.weight.shape[:2]
        mix = torch.empty(outputs, inputs)
        nn.init.orthogonal_(mix)
        module.weight.mul_(0.3)
        module.weight[:, :, 1, 1] += mix if outputs != inputs else torch.eye(outputs)
        module.bias.zero_()
    elif leaf in ("conv_in", "conv_out") and "decoder.conv_out" not in name:
        mix = torch.empty(module.weight.shape[:2])
        nn.init.orthogonal_(mix, gain=math.sqrt(2) if name == "encoder.conv_in" else 1.0)
        module.weight.mul_(0.3)
        module.weight[:, :, 2, 1, 1] += mix  # the kernel is causal: its last tap in time is now
        if leaf == "conv_in":  # constants next to the colours keep the norms nearly linear
            module.bias.copy_(1.5 * (1 - 2 * (torch.arange(len(module.bias)) % 2)))


# --- the same convolution, faster ---------------------------------------------------------------

_stock_convolution = WanCausalConv3d.forward


def _direct(self: Any, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
    return _stock_convolution(self, half_under_autocast(x), cache_x)


def stacked(self: Any, x: Tensor, cache_x: Tensor | None = None) -> Tensor:
    """The causal 3-D convolution as a 2-D one whose input channels are the kernel's frames."""
    *space, before, _ = self._padding
    x = half_under_autocast(x)
    if cache_x is not None and before > 0:
        x = torch.cat([cache_x.to(x.dtype), x], dim=2)
        before -= cache_x.shape[2]
    x = functional.pad(x, (0, 0, 0, 0, before, 0)).transpose(1, 2)  # n t c h w
    return stacked_taps(x, self, tuple(space), "constant")


WAN = Wan()
