"""Which distribution a program's import comes from, where the names differ."""

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
_PRESET_NAMES = {name.replace("-", "_").lower(): name for names in PRESETS.values() for name in names}


def distribution_of(module: str) -> str:
    """Return the distribution that a known module comes from; empty where it is not known."""
    top = module.partition(".")[0]
    return DISTRIBUTIONS.get(top) or _PRESET_NAMES.get(top.lower(), "")
