# How every layer is built by `sam build` (BuildMethod: makefile), for Lambda's Linux and Python 3.13
# whatever system builds it. `sam build` copies a layer's folder alone, so each links to this file.
# Byte-code is made here, once, and trusted without a look at the source's time, which zips reset:
# a cold start is half as long.

define install
python3.13 -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
	--only-binary :all: --implementation cp --python-version 3.13 \
	--platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 \
	--requirement requirements.txt --target "$(ARTIFACTS_DIR)/python"
rm -rf "$(ARTIFACTS_DIR)/python/bin" "$(ARTIFACTS_DIR)/python/share"
find "$(ARTIFACTS_DIR)/python" -type f \( -name '*.pyi' -o -name '*.c' -o -name '*.h' \) -delete
endef

define compile
python3.13 -m compileall -q --invalidation-mode unchecked-hash \
	-s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"
endef
