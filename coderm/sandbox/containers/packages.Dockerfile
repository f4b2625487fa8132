# Packages on top of the sandbox image. Built without network from wheels that the host fetched and laid out.
ARG BASE
FROM ${BASE}
ARG BUILD
LABEL coderm.build=${BUILD}
COPY packages /opt/coderm/packages
COPY measure_imports.py packages.lock /opt/coderm/
# Before the base's own packages, behind the standard library, which no package may replace.
RUN printf '%s\n' "import sys; sys.path.insert(next(i for i, p in enumerate(sys.path) if p.endswith('-packages')), '/opt/coderm/packages')" \
      > "$(python3 -c 'import site; print(site.getsitepackages()[0])')/coderm.pth" \
 && { python3 -m compileall -q /opt/coderm/packages >/dev/null 2>&1 || true; } \
 && env -i PATH="$PATH" OPENBLAS_NUM_THREADS=1 python3 /opt/coderm/measure_imports.py \
 && rm -rf /tmp/* /root/.cache
