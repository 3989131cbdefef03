"""`python -m infra.openapi`: write the document that functions/api/read_api_document serves."""

from infra.openapi.document import PATH, render


def main() -> None:
    """Write the document and say where."""
    PATH.write_text(render())
    print(f"openapi: wrote {PATH}")


if __name__ == "__main__":
    main()
