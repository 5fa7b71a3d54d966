# SPDX-License-Identifier: Apache-2.0
"""A page of `report` read back: its elements, and its tables by caption."""
import html.parser

VOID = {"meta", "link", "br", "img", "input"}
SHAPES = {"svg", "desc", "text", "line", "rect", "circle", "path", "g"}


class Page(html.parser.HTMLParser):
    """Elements that close as they open, tables by their caption, and what is loaded."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.loaded, self.ids, self.targets = [], [], [], [], []
        self.tables, self.caption, self.row, self.cell = {}, None, None, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.loaded += [attributes[name] for name in ("src", "href") if name in attributes]
        if "id" in attributes:
            self.ids.append(attributes["id"])
        self.targets += attributes.get("aria-labelledby", "").split()
        if tag not in VOID and not (tag in SHAPES and self.get_starttag_text().endswith("/>")):
            self.stack.append(tag)
        if tag == "caption":
            self.caption = ""
        elif tag == "tr" and self.caption in self.tables:
            self.row = []
            self.tables[self.caption].append(self.row)
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing that is open, at {self.getpos()}")
        if tag == "caption":
            self.tables[self.caption] = []
        elif tag in ("td", "th") and self.row is not None:
            self.row.append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "caption":
            self.caption += data
        elif self.cell is not None:
            self.cell += data

    def body(self, caption):
        return self.tables[caption][1:]
