"""Which distribution an import comes from: a table of those that programs name most. Installs and looks up nothing."""

from coderm.config.package_presets import PRESETS

DISTRIBUTIONS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "Levenshtein": "Levenshtein",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "atcoder": "ac-library-python",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "DateTime": "datetime",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faker": "Faker",
    "fitz": "PyMuPDF",
    "flask_login": "Flask-Login",
    "flask_mail": "Flask-Mail",
    "flask_restful": "Flask-RESTful",
    "flask_wtf": "Flask-WTF",
    "git": "GitPython",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "nacl": "PyNaCl",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "tensorflow": "tensorflow-cpu",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
"""By the name that is imported; only names that differ from the distribution's or are spelt in another way."""
_COMMON = """
aiohttp boto3 bokeh click colorama fastapi httpx jax jsonschema lightgbm numpy paramiko plotly polars pyarrow pydantic pymongo redis
rich scrapy sqlalchemy tabulate toml torch torchvision tqdm transformers typing_extensions ujson xgboost
"""
_PLAIN = (*_COMMON.split(), *(name for names in PRESETS.values() for name in names))
_BY_MODULE = {
    module: name for name in _PLAIN for module in (name.replace("-", "_"), name.replace("-", "_").lower())
} | DISTRIBUTIONS
PACKAGE_MODULES = frozenset(_BY_MODULE) - {"pytest"}
"""Top modules of known packages; a test framework is none, since tests are written anew without it."""


def distribution_of(module: str) -> str:
    """Return the distribution that a known module comes from; empty where it is not known."""
    return _BY_MODULE.get(module.partition(".")[0], "")
