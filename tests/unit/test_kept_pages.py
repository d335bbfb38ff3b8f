"""Pages kept in memory: which form goes out, what counts as known, what goes when it is full."""

import gzip

import pytest

from service.web.kept_pages import Page, Shelf

HTML = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"public, max-age=60")]


def page(body: bytes = b"<p>five</p>" * 200, status: int = 200, headers=HTML) -> Page:
    return Page(status, headers, body, version=(1, 1, 1), kept_at=0.0)


def test_who_has_the_page_gets_no_body():
    one = page()
    for tags in (one.etag, one.etag.removeprefix(b"W/"), b'"other", ' + one.etag, b"*"):
        status, headers, body = one.answer(tags, b"")
        assert (status, body) == (304, b""), tags
        assert dict(headers)[b"etag"] == one.etag
        assert b"content-length" not in dict(headers)


def test_who_has_another_page_gets_this_one():
    status, headers, body = page().answer(b'W/"other"', b"")
    assert (status, body) == (200, page().body)
    assert dict(headers)[b"content-length"] == str(len(body)).encode()


def test_another_text_has_another_tag():
    assert page(b"a" * 999).etag != page(b"b" * 999).etag


@pytest.mark.parametrize("accepts", [b"gzip", b"br, gzip;q=0.5", b"deflate,gzip"])
def test_who_takes_gzip_gets_it(accepts):
    one = page()
    _, headers, body = one.answer(b"", accepts)
    assert dict(headers)[b"content-encoding"] == b"gzip"
    assert dict(headers)[b"content-length"] == str(len(body)).encode()
    assert gzip.decompress(body) == one.body


@pytest.mark.parametrize(
    "accepts", [b"", b"identity", b"br", b"gzip;q=0", b"gzip; q=0.0", b"xgzipx"]
)
def test_who_does_not_gets_it_plain(accepts):
    assert page().answer(b"", accepts)[2] == page().body


def test_a_picture_is_not_zipped_again():
    picture = page(b"x" * 9_000, headers=[(b"content-type", b"image/png")])
    assert picture.answer(b"", b"gzip")[2] == picture.body


def test_a_redirection_is_never_unchanged():
    assert page(b"", status=301).answer(b"*", b"")[0] == 301


def test_what_nobody_asks_for_goes_first_when_room_is_short():
    shelf = Shelf(3 * (2_000 + 2 * 1_000))
    for name in "abc":
        shelf.put((name, b"", "en"), page(b"x" * 1_000))
    assert shelf.get(("a", b"", "en")) is not None
    shelf.put(("d", b"", "en"), page(b"x" * 1_000))
    assert [name for name in "abcd" if shelf.get((name, b"", "en"))] == ["a", "c", "d"]
    shelf.put(("a", b"", "en"), page(b"x" * 1_000))
    shelf.drop(("c", b"", "en"))
    shelf.drop(("c", b"", "en"))
    shelf.put(("e", b"", "en"), page(b"x" * 1_000))
    assert [name for name in "ade" if shelf.get((name, b"", "en"))] == ["a", "d", "e"]
