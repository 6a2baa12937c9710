"""How the bundled model `models/tiny` is made: `python -m training --out models/tiny`.

| file | holds |
| --- | --- |
| world.py | scenes, their captions, the held-out rule, drawn clips |
| recipe.py | every size, batch, rate and time of the training |
| tokenizers.py | the two tokenizers, of diffusers' own classes, with tiny vocabularies |
| text.py | the Llama and CLIP text encoders and their batched use on captions |
| autoencoder.py | the causal 3-D VAE: start, training, whitening of its latents |
| transformer.py | cached latents, flow matching, training |
| muon.py, captured.py, progress.py | the optimizer for matrices, CUDA graphs, step budgets |
| folder.py, card.py | the folder that `from_pretrained` loads, and its model card |
| judge.py, reading.py, sheet.py | what a model folder can do, read from its clips |
"""
