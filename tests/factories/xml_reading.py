"""Read XML that our own pages wrote: for tests of feeds and sitemaps."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring


def read_xml(text: str) -> Element:
    """Return the document without its namespaces; raises for what is not well-formed."""
    root = fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def texts(root: Element, name: str) -> Iterator[str]:
    """Return what every element of this name says."""
    return (element.text or "" for element in root.iter(name))
