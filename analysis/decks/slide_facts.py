"""Facts in a PowerPoint file: a custom XML part, which PowerPoint keeps and does not show."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from analysis.errors import FaultlineError

_SPACE = "urn:faultline:report:1"
_PLACE = "/customXml/faultline1.xml"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_MOST = 50_000_000


def attach(deck: Any, texts: Mapping[str, str]) -> None:
    """Put the facts into a python-pptx presentation."""
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    root = ElementTree.Element(f"{{{_SPACE}}}report")
    root.text = json.dumps(dict(texts), ensure_ascii=True)
    blob = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    part = Part(PackURI(_PLACE), "application/xml", deck.part.package, blob)
    deck.part.relate_to(part, _KIND)


def texts(raw: bytes) -> dict[str, str]:
    """The facts of a file: keyword -> text; empty where it has none.

    Raises FaultlineError where they can't be read any more.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in archive.infolist():
                if info.filename.startswith("customXml/") and info.file_size < _MOST:
                    text = archive.read(info).decode("utf-8", "replace")
                    if _SPACE in text and "<!DOCTYPE" not in text:
                        embedded: dict[str, str] = json.loads(
                            ElementTree.fromstring(text).text or "{}"
                        )
                        return embedded
    except (ValueError, zlib.error, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise FaultlineError("The facts in this file can't be read any more.") from error
    return {}
