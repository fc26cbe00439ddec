# Each target is one plain command, which also works by itself where there is no make (then: python instead of python3).
PORT ?= 8000
PYTHON ?= python3

.PHONY: help serve test pages clean

help:
	@echo "make serve   fetch and prepare the runtime, serve the site (PORT=8000)   python3 tools/serve.py 8000"
	@echo "make test    set up what the tests need and run all of them              python3 tools/test.py"
	@echo "make pages   draw the first picture of each page into its HTML           python3 tools/draw_pages.py"
	@echo "make clean   remove all that was fetched or built"

serve:
	@$(PYTHON) tools/serve.py $(PORT)

test:
	@$(PYTHON) tools/test.py

pages:
	@$(PYTHON) tools/draw_pages.py

clean:
	rm -rf .venv node_modules assets/vendor build
