"""`python -m infra.openapi`: write the document that is served, and docs/api.md for people."""

from infra.openapi import document, reference


def main() -> None:
    """Write both and say where."""
    document.PATH.write_text(document.render())
    reference.PATH.write_text(reference.render(document.build()))
    print(f"openapi: wrote {document.PATH} and {reference.PATH}")


if __name__ == "__main__":
    main()
