"""How the bundled models are made: `python -m training --out models/tiny`, and
`python -m training --architecture wan --out models/tiny-wan`.

| file | holds |
| --- | --- |
| world.py | scenes, their captions, the held-out rule, drawn clips |
| recipe.py | every size, batch, rate and time of the training |
| tokenizers.py | the tokenizers, of the models' own classes, with tiny vocabularies |
| architecture.py, architectures.py | what the training asks of a model, and the list of them |
| hunyuan_video.py, hunyuan_video_autoencoder.py, text.py | HunyuanVideo's parts |
| wan.py, wan_text.py | Wan2.1's parts |
| autoencoder.py | training of a causal 3-D VAE |
| convolution.py | the VAE's convolutions in a faster form |
| transformer.py | cached latents, flow matching, training |
| muon.py, captured.py, progress.py | the optimizer for matrices, CUDA graphs, step budgets |
| folder.py, card.py | the folder that `from_pretrained` loads, and its model card |
| judge.py, reading.py, sheet.py | what a model folder can do, read from its clips |
"""
