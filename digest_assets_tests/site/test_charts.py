"""Charts: marks that take their colours from the page, and their figures as a table."""

from lxml import etree

from digest_assets.site import charts

VALUES = [("1 Dec", 10), ("2 Dec", None), ("3 Dec", 30)]


def test_the_same_figures_are_drawn_as_the_same_bytes() -> None:
    first = charts.draw_bars("papers", "Papers", "Day", VALUES)
    assert first == charts.draw_bars("papers", "Papers", "Day", VALUES)


def test_a_chart_has_no_script_style_or_address_of_its_own() -> None:
    chart = charts.draw_lines("topics", "Topics", "Day", ["1 Dec", "2 Dec"], [("a <b>", [1, 2]), ("c", [None, 3])])
    tree = etree.fromstring(str(chart.svg))
    names = {etree.QName(element).localname for element in tree.iter()}
    assert not names & {"script", "style", "defs", "image", "foreignObject"}
    assert not [element for element in tree.iter() if {"style", "id", "onclick"} & set(element.attrib)]
    assert chart.series == ("a <b>", "c")


def test_each_bar_leads_to_its_page_by_mouse_and_stops_no_keyboard() -> None:
    chart = charts.draw_bars("papers", "Papers", "Day", VALUES, links=["a.html", "b.html", "c.html"])
    links = etree.fromstring(str(chart.svg)).findall(".//{http://www.w3.org/2000/svg}a")
    assert [link.get("{http://www.w3.org/1999/xlink}href") for link in links] == ["a.html", "c.html"]
    assert {link.get("tabindex") for link in links} == {"-1"}


def test_the_figures_stand_in_a_table_too() -> None:
    chart = charts.draw_bars("cost", "Cost", "Day", [("1 Dec", 1234.5), ("2 Dec", None)], unit="{:,.2f}")
    assert chart.rows == (("1 Dec", "1,234.50"), ("2 Dec", "–"))


def read_axis(chart: charts.Chart, axis: str) -> list[str]:
    found = f".//*[starts-with(@class, 'axis {axis}')]//*[local-name() = 'text']/text()"
    texts = etree.fromstring(str(chart.svg)).xpath(found)
    assert isinstance(texts, list)
    return [str(text) for text in texts]


def test_few_papers_are_counted_on_a_scale_of_whole_numbers() -> None:
    lines = charts.draw_lines("topics", "Topics", "Day", ["1 Dec", "2 Dec"], [("maps", [3, 1]), ("hubs", [None, 0])])
    bars = charts.draw_bars("papers", "Papers", "Day", [("1 Dec", 3), ("2 Dec", None)])
    assert read_axis(lines, "y") == read_axis(bars, "y") == ["0", "1", "2", "3"]


def test_long_names_of_steps_leave_each_other_room_on_a_telephone_and_the_newest_has_its_name() -> None:
    months = [f"{name} 2025" for name in ("July", "August", "September", "October", "November", "December")]
    assert read_axis(charts.draw_bars("months", "Papers", "Month", [(one, 9) for one in months]), "x") == months[1::2]


def test_nothing_but_nulls_can_be_drawn() -> None:
    assert "<svg" in charts.draw_bars("read", "Read in full, %", "Day", [("1 Dec", None)], top=100).svg
