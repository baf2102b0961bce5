from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from relay.collect.hashtags import match, wanted
from relay.models import MatchKind
from relay.sources.markup import BLOCKS, plain, read, text_of

INLINE = [
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "code",
    "em",
    "font",
    "i",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
]
INLINE += ["sup", "time", "tg-emoji", "tg-spoiler", "u"]

WHOLE = [
    # Mastodon's way, and that of editors
    ('<a class="mention hashtag">#<span>proryv80</span></a>', "#proryv80"),
    ("#proryv<wbr>80", "#proryv80"),
    ("#proryv<wbr/>80 лет", "#proryv80 лет"),
    ("<b>#</b>proryv<i>80</i>", "#proryv80"),
    ("#<!-- тег -->proryv80", "#proryv80"),
    ('#<tg-emoji emoji-id="5">️</tg-emoji>proryv80', "#️proryv80"),
    # blocks end lines
    ("#proryv80<blockquote>Письмо</blockquote>Анна", "#proryv80\nПисьмо\nАнна"),
    ("<p>Письмо</p><p>#proryv80</p>", "Письмо\n#proryv80"),
    ("Письмо<div>#proryv80</div>", "Письмо\n#proryv80"),
    ("<ul><li>#proryv80</li><li>Анна</li></ul>", "#proryv80\nАнна"),
    ("<table><tr><td>Анна</td><td>#proryv80</td></tr><tr><th>Борис</th></tr></table>", "Анна\n#proryv80\nБорис"),
    ("<h2>Прорыв</h2>#proryv80<hr>Анна", "Прорыв\n#proryv80\nАнна"),
    ("<figure><img src=a.jpg><figcaption>#proryv80</figcaption></figure>Анна", "#proryv80\nАнна"),
    ("<div><div><div>#proryv80</div></div></div><div>Анна</div>", "#proryv80\nАнна"),
    ("<dl><dt>Кто</dt><dd>Анна</dd></dl>", "Кто\nАнна"),
    # `<br>` ends one, and two leave an empty one
    ("#proryv80<br>Письмо<br/>деда", "#proryv80\nПисьмо\nдеда"),
    ("a<br><br>b", "a\n\nb"),
    ("<p>a<br></p><p>b</p>", "a\nb"),
    # white space
    ("  Письмо \n\t деда  ", "Письмо деда"),
    ("<p>\n  a\n</p>\n<p>\n  b\n</p>", "a\nb"),
    ("a <b> b</b> c", "a b c"),
    ("a&nbsp;b", "a b"),
    ("<pre>#proryv80\n  Письмо\n\nдеда</pre>Анна", "#proryv80\n  Письмо\n\nдеда\nАнна"),
    ("<pre>a\r\nb\rc</pre>", "a\nb\nc"),
    ("#proryv80<pre>Письмо</pre>", "#proryv80\nПисьмо"),
    ("<pre><code>a\n#proryv80</code></pre>", "a\n#proryv80"),
    # entities once
    ("&#35;proryv80 &amp;amp; &lt;b&gt;", "#proryv80 &amp; <b>"),
    ("&amp;#35;proryv80", "&#35;proryv80"),
    # boxes part words; emoji are signs
    ('слово<img src="a.jpg">#proryv80', "слово #proryv80"),
    ('слово<img class="emoji" alt="🎗">#proryv80', "слово🎗#proryv80"),
    ('<img class="emoji" alt="#️⃣">proryv80', "#️⃣proryv80"),
    ('<i class="emoji" style="background:url(a)"><b>🎗</b></i>#proryv80', "🎗#proryv80"),
    ('<img alt="Анна читает">#proryv80', "#proryv80"),
    ('слово<img alt="🎗">#proryv80', "слово🎗#proryv80"),
    ('#proryv<img class="emoji" alt="8️⃣"><img class="wp-emoji" alt="0️⃣">', "#proryv8️⃣0️⃣"),
    ("a<iframe src=x>нет</iframe>b<video><source src=y>Ваш браузер</video>c", "a b c"),
    # no text
    ("<script>#a</script><style>#b{}</style><template>#c</template>#proryv80", "#proryv80"),
    ("<head><title>#a</title></head><body>#proryv80</body>", "#proryv80"),
    ("<noscript>#a</noscript>#proryv80", "#proryv80"),
    ("<!doctype html>#proryv80", "#proryv80"),
    ("a\0b", "ab"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "text"), WHOLE)
def test_html_is_read_as_a_person_sees_it(markup: str, text: str) -> None:
    assert text_of(read(markup)) == text


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_block_next_to_the_tag_is_glued_to_it_nowhere(name: str) -> None:
    for markup in (f"#proryv80<{name}>Письмо</{name}>", f"<{name}>Письмо</{name}>#proryv80"):
        hit = match([("text", text_of(read(markup)))], wanted(["#proryv80"]))
        assert hit is not None and hit.kind is MatchKind.exact, markup


@pytest.mark.parametrize("name", INLINE)
def test_an_inline_element_tears_the_tag_nowhere(name: str) -> None:
    for markup in (f"#<{name}>proryv80</{name}>", f"<{name}>#</{name}>proryv80", f"#proryv<{name}>80</{name}>"):
        assert text_of(read(markup)) == "#proryv80"


def test_the_reader_before_this_one_would_have_lost_both() -> None:
    torn = BeautifulSoup("#<span>proryv80</span>", "html.parser").get_text(" ", strip=True)
    glued = BeautifulSoup("#proryv80<blockquote>Письмо</blockquote>", "html.parser").get_text()
    assert (torn, glued) == ("# proryv80", "#proryv80Письмо")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Читает Анна", "Читает Анна"),
        ("Письмо &amp; дневник", "Письмо & дневник"),
        ("Письмо & дневник", "Письмо & дневник"),
        ("<b>Анна</b> #<i>proryv80</i>", "Анна #proryv80"),
        ("https://vk.com/x", "https://vk.com/x"),
        ("3 < 5", "3 < 5"),
        ("  a\n b ", "a b"),
    ],
)
def test_a_title_may_be_html_or_not(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_what_looks_like_an_address_or_a_file_is_text() -> None:
    assert [text_of(read(text)) for text in ("https://vk.com/x", "anna.html", "/etc/hosts")] == [
        "https://vk.com/x",
        "anna.html",
        "/etc/hosts",
    ]


def test_what_is_no_element_has_no_text() -> None:
    assert text_of(None) == ""
    assert text_of("words") == ""


def test_a_piece_of_a_pre_keeps_its_lines() -> None:
    assert text_of(read("<pre><b>a\nb</b></pre>").find("b")) == "a\nb"


@pytest.mark.slow
def test_a_deep_tree_is_read() -> None:
    assert text_of(read("<div><b>" * 2000 + "#proryv80")) == "#proryv80"


@pytest.mark.slow
@given(st.text(alphabet=st.sampled_from("<>/abprdiv &;#\n\0!-"), max_size=60))
def test_no_markup_breaks_the_reader(markup: str) -> None:
    assert "\0" not in text_of(read(markup))
    plain(markup)
