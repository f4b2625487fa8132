"""Presets of `sandbox.packages`: a name in the setting stands for a list of distributions. Pure data."""

_BIGCODEBENCH = """
beautifulsoup4 blake3 chardet cryptography datetime Django dnspython docxtpl Faker flask Flask-Login Flask-RESTful Flask-WTF
Flask-Mail folium gensim geopandas geopy holidays keras Levenshtein librosa lxml matplotlib mechanize natsort networkx nltk
numba numpy opencv-python-headless openpyxl pandas pillow prettytable psutil pycryptodome pyfakefs pyquery pytesseract pytest
python-http-client python-dateutil python-docx pytz PyYAML requests-mock requests rsa scikit-image scikit-learn scipy seaborn
selenium sendgrid shapely soundfile statsmodels sympy tensorflow-cpu textblob texttable Werkzeug wordcloud WTForms xlrd xlwt
xmltodict
"""
PRESETS: dict[str, tuple[str, ...]] = {
    "judge": ("numpy", "scipy", "networkx", "sympy", "sortedcontainers", "more-itertools", "bitarray", "ac-library-python"),
    "classeval": ("beautifulsoup4", "gensim", "nltk", "numpy", "openpyxl", "pandas", "pillow", "PyJWT", "PyPDF2", "python-docx"),
    "bigcodebench": tuple(_BIGCODEBENCH.split()),
}
"""judge: the libraries of AtCoder's CPython that programs import most; sortedcontainers is LeetCode's, too.
classeval: what the benchmark's programs and tests import, but netifaces, which has no wheel for any Python here.
bigcodebench: its Requirements/requirements-eval.txt by name, since its versions are those of Python 3.10; tensorflow without GPU,
and without the three that the index has as sources only (python-Levenshtein-wheels, wikipedia, wordninja)."""
