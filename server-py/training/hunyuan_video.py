"""HunyuanVideo, small: two text encoders, dual and single stream blocks, guidance embedding."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from torch import Tensor, nn

from . import hunyuan_video_autoencoder, text
from .architecture import TIMESTEPS, Architecture, Card, Prompts
from .autoencoder import LATENT_CHANNELS, Latents
from .recipe import AutoencoderRecipe, Bucket, TransformerRecipe
from .text import TextEncoders

DOUBLE_BLOCKS, SINGLE_BLOCKS, REFINER_BLOCKS = 2, 4, 1
ROPE_AXES = (8, 12, 12)  # time, height, width; sums to the width of a head


class HunyuanVideo(Architecture):
    """4.1 million weights in the transformer."""

    name = "hunyuan_video"
    least_psnr = (33.0, 25.0)
    shift = 7.0  # HunyuanVideo's own default
    card = Card(
        folder="tiny",
        of="HunyuanVideo",
        pipeline="HunyuanVideoPipeline",
        size="six",
        tokens="256",
        guidance="true_cfg_scale",
        encoders="both text encoders",
        options="",
        beyond="; 1 to 33 frames work",
        cost="Eight clips like the\none above, in one call, take 4.6 s on one CPU thread. ",
        limits="""\
- `guidance_scale`, the distilled embedding, does nothing: training fed it at random. True
  classifier-free guidance (`negative_prompt` with `true_cfg_scale` > 1) works.
- The last two layers of the Llama encoder and its final norm are untrained, because the pipeline
  never reads them.
- It is made for 64 to 96 pixels. At 48 and 112 most clips are still right, at 32 about half, and
  at 128 shapes fall apart.
- Without true classifier-free guidance about one shape in ten is wrong.
""",
    )

    def new_text(self) -> TextEncoders:
        return TextEncoders()

    def new_autoencoder(self, recipe: AutoencoderRecipe) -> Any:
        return hunyuan_video_autoencoder.new_autoencoder(recipe)

    def faster(
        self, autoencoder: Any, bucket: Bucket, generator: torch.Generator
    ) -> AbstractContextManager[None]:
        return hunyuan_video_autoencoder.faster_convolution(autoencoder, bucket, generator)

    def new_transformer(self, recipe: TransformerRecipe) -> HunyuanVideoTransformer3DModel:
        """Its blocks start as the identity, its output starts at zero."""
        transformer = HunyuanVideoTransformer3DModel(
            in_channels=LATENT_CHANNELS,
            out_channels=LATENT_CHANNELS,
            num_attention_heads=recipe.heads,
            attention_head_dim=recipe.head_width,
            num_layers=DOUBLE_BLOCKS,
            num_single_layers=SINGLE_BLOCKS,
            num_refiner_layers=REFINER_BLOCKS,
            text_embed_dim=text.WIDTH,
            pooled_projection_dim=text.WIDTH,
            rope_axes_dim=ROPE_AXES,
            guidance_embeds=True,
        )
        double: Any = transformer.transformer_blocks
        single: Any = transformer.single_transformer_blocks
        modulations = [
            norm.linear for block in double for norm in (block.norm1, block.norm1_context)
        ] + [block.norm.linear for block in single]
        for layer in [*modulations, transformer.proj_out]:
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        return transformer

    def whiten(
        self, autoencoder: Any, recipe: AutoencoderRecipe, generator: torch.Generator
    ) -> None:
        hunyuan_video_autoencoder.whiten(autoencoder, recipe, generator)

    def scaled(self, autoencoder: Any, latents: Latents) -> Latents:
        return latents * hunyuan_video_autoencoder.scaling_factor(autoencoder)

    def blocks(self, transformer: Any) -> Iterable[nn.Module]:
        return [
            transformer.transformer_blocks,
            transformer.single_transformer_blocks,
            transformer.context_embedder.token_refiner,
        ]

    def velocity(self, transformer: Any, noisy: Latents, time: Tensor, prompts: Prompts) -> Latents:
        # The distilled-guidance input is fed at random, so the model learns to ignore it.
        guidance = 1 + 9 * torch.rand(len(time), device=time.device)
        return transformer(
            hidden_states=noisy,
            timestep=time * TIMESTEPS,
            encoder_hidden_states=prompts.states,
            encoder_attention_mask=prompts.mask,
            pooled_projections=prompts.pooled,
            guidance=guidance * TIMESTEPS,
            return_dict=False,
        )[0]

    def save(self, folder: Path, autoencoder: Any, transformer: Any, encoders: Any) -> None:
        pipeline = HunyuanVideoPipeline(
            text_encoder=encoders.llama,
            tokenizer=encoders.llama_tokenizer,
            transformer=transformer,
            vae=autoencoder,
            scheduler=FlowMatchEulerDiscreteScheduler(shift=self.shift),
            text_encoder_2=encoders.clip,
            tokenizer_2=encoders.clip_tokenizer,
        )
        pipeline.to(torch.float16)
        pipeline.save_pretrained(folder)


HUNYUAN_VIDEO = HunyuanVideo()
