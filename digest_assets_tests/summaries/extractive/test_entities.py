"""Datasets, metrics and baselines by their names."""

import pytest

from digest_assets.summaries.extractive.entities import find_baselines, find_datasets_and_metrics


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Experiments on the UCI-HAR dataset show a gain.", ("UCI-HAR",)),
        ("Evaluated on GPQA, MMLU-Pro and AIME, it wins.", ("GPQA", "MMLU-Pro", "AIME")),
        ("It wins on benchmarks such as OGSOD-2.0 and SpaceNet6.", ("OGSOD-2.0", "SpaceNet6")),
        ("It reaches a PSNR and SSIM above others on the KITTI benchmark.", ("KITTI", "PSNR", "SSIM")),
        ("Its PSNR, SSIM and LPIPS are better.", ("PSNR", "SSIM", "LPIPS")),
        ("Its accuracy is better.", ()),
        ("It runs on GPUs and CPUs.", ()),
        ("MyNet wins on MyNet and others.", ()),
    ],
)
def test_datasets_and_metrics_are_named(sentence: str, names: tuple[str, ...]) -> None:
    assert find_datasets_and_metrics([sentence], "MyNet: A Network") == names


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("It outperforms BERT-base and GPT-3 by 5%.", ("BERT-base", "GPT-3")),
        ("Compared with the original U-Net, it is faster.", ("U-Net",)),
        ("It outperforms strong LLMs and prior work.", ()),
        ("MyNet surpasses MyNet without pretraining.", ()),
    ],
)
def test_what_it_is_compared_with_is_named(sentence: str, names: tuple[str, ...]) -> None:
    assert find_baselines([sentence], "MyNet: A Network") == names
