# SPDX-License-Identifier: Apache-2.0
"""The report in headless Chromium, opened from a file: no messages on its console, marks in every
chart, sorting and filtering, widths of a phone and a desk, contrast in light and dark, the keyboard."""
import base64
import os
import re
import subprocess
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from patron_test import PatronTest, must
from report_shop import NAMES, SCRIPT, make_shop

LEAST_CONTRAST = 4.5
RULES = "//caption[starts-with(.,'Rules, ')]/ancestor::table"
# Of each piece of text that is seen: its contrast with what it lies on (WCAG 2.1, 1.4.3).  Text in a
# chart lies on the shape of its cell where that is the element before it.
CONTRASTS = """
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (rgb) => {
  const part = rgb.slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
};
const behind = (element) => {
  const before = element.previousElementSibling;
  if (element.tagName === "text" && before && /\\bh\\d/.test(before.getAttribute("class") || ""))
    return parse(getComputedStyle(before).fill);
  for (let at = element; at; at = at.parentElement) {
    const found = parse(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || element.closest("script, desc") || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  const ink = light(parse(element.ownerSVGElement ? style.fill : style.color));
  const ground = light(behind(element));
  const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  found.push([ratio, element.tagName + " " + element.textContent.slice(0, 30)]);
}
return found;
"""
# Texts of charts that reach out of their drawing.
OUTSIDE = """
return [...document.querySelectorAll("svg")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 ||
      box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map((text) => text.textContent);
});
"""


def open_browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1280,900"):
        options.add_argument(argument)
    if os.getuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own does not start for root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class ReportPage(PatronTest):
    @classmethod
    def setUpClass(cls):
        folder = cls.shared_folder()
        shop = make_shop(folder)
        cls.pages = [folder / "full.html", folder / "sweep.html"]
        must("report", shop["four"], shop["itemsets"], shop["by_segment"], "--data", shop["data"], "--previous",
             shop["old"], "--top", 60, "-o", cls.pages[0])
        must("report", shop["segments"], "-o", cls.pages[1])
        cls.browser = open_browser()
        cls.addClassCleanup(cls.browser.quit)

    def show(self, page=0, width=1280, scheme="light"):
        send = self.browser.execute_cdp_cmd
        send("Emulation.setDeviceMetricsOverride",
             {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
        send("Emulation.setEmulatedMedia",
             {"features": [{"name": "prefers-color-scheme", "value": scheme},
                           # A click does not wait until smooth scrolling ends.
                           {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.browser.get(self.pages[page].as_uri())
        return self.browser

    def column(self, number):
        return self.browser.execute_script(
            "return [...document.evaluate(arguments[0], document, null, 9, null).singleNodeValue"
            ".tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[arguments[1]]"
            ".textContent)", RULES, number)

    def test_console_is_silent_and_every_chart_has_marks(self):
        kinds = set()
        for page in range(len(self.pages)):
            browser = self.show(page)
            self.assertEqual(browser.get_log("browser"), [])
            charts = browser.find_elements(By.TAG_NAME, "svg")
            self.assertGreater(len(charts), 5)
            for chart in charts:
                marks = chart.find_elements(By.CLASS_NAME, "mark")
                self.assertGreater(len(marks), 0)
                boxes = [mark.rect for mark in marks[:50]]
                self.assertTrue(all(box["width"] + box["height"] > 0 for box in boxes))
                kinds.update(mark.tag_name for mark in marks[:1])
                figure = chart.find_element(By.XPATH, "ancestor::figure")
                self.assertTrue(figure.find_elements(By.TAG_NAME, "table"))
            self.assertEqual(browser.execute_script(OUTSIDE), [])
        self.assertEqual(kinds, {"rect", "circle", "path"})

    def test_names_are_text(self):
        browser = self.show()
        told = browser.find_element(By.TAG_NAME, "body").get_attribute("textContent")
        for name in NAMES:
            self.assertIn(name, told)
        self.assertIn(SCRIPT, told)
        self.assertEqual(len(browser.find_elements(By.TAG_NAME, "script")), 1)

    def test_sorting(self):
        browser = self.show()
        headings = browser.find_elements(By.XPATH, RULES + "/thead//th")
        number = 4  # confidence
        before = self.column(number)
        for direction, falls in (("descending", True), ("ascending", False)):
            headings[number].find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
            self.assertEqual(headings[number].get_attribute("aria-sort"), direction)
            self.assertEqual([float(text) for text in self.column(number)],
                             sorted(map(float, before), reverse=falls))
        headings[0].find_element(By.TAG_NAME, "button").click()
        self.assertEqual(headings[0].get_attribute("aria-sort"), "ascending")
        self.assertIsNone(headings[number].get_attribute("aria-sort"))
        names = self.column(0)
        self.assertEqual(names, browser.execute_script(
            "return arguments[0].slice().sort((a, b) => a.localeCompare(b))", names))

    def test_filtering(self):
        browser = self.show()
        box = browser.find_element(By.XPATH, RULES + "/preceding::input[1]")
        told = browser.find_element(By.XPATH, RULES + "/preceding::output[1]")
        sides = list(zip(self.column(0), self.column(1)))
        box.send_keys("SOCKS")
        left = [pair for pair in sides if "socks" in " ".join(pair)]
        self.assertEqual(list(zip(self.column(0), self.column(1))), left)
        self.assertEqual(told.text, f"{len(left)} of {len(sides)} rows")
        self.assertTrue(0 < len(left) < len(sides))
        box.send_keys("nobody buys this")
        self.assertEqual(self.column(0), [])

    def test_widths_do_not_overflow(self):
        for page in range(len(self.pages)):
            for width in (360, 1280):
                browser = self.show(page, width)
                browser.execute_script(
                    "document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                self.assertEqual(browser.execute_script("return innerWidth"), width)
                wide, room = browser.execute_script("const root = document.documentElement;"
                                                    "return [root.scrollWidth, root.clientWidth]")
                self.assertLessEqual(wide, room, width)

    def test_print(self):
        """On white even where the screen is dark, no controls, nothing cut at the paper's edge."""
        send = self.browser.execute_cdp_cmd
        paper = 794  # A4, in CSS pixels
        for page in range(len(self.pages)):
            browser = self.show(page, paper, "dark")
            send("Emulation.setEmulatedMedia", {"media": "print", "features": [
                {"name": "prefers-color-scheme", "value": "dark"}]})
            self.addCleanup(send, "Emulation.setEmulatedMedia", {"media": ""})
            self.assertEqual(browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
            self.assertEqual([one for one in browser.execute_script(CONTRASTS)
                              if one[0] < LEAST_CONTRAST], [])
            self.assertEqual([one.tag_name for one in browser.find_elements(
                By.CSS_SELECTOR, "nav, .skip, .filter") if one.is_displayed()], [])
            self.assertEqual(browser.execute_script(
                "return [...document.querySelectorAll('.tall, .scroll')].filter((one) => "
                "one.clientHeight < one.scrollHeight - 1 || one.scrollWidth > one.clientWidth + 1)"
                ".length"), 0)
            self.assertEqual(browser.execute_script(
                "return [...document.querySelectorAll('main *')].filter((one) => "
                "one.getBoundingClientRect().right > arguments[0] + 1)"
                ".map((one) => one.tagName + one.textContent.slice(0, 30))", paper), [])
            printed = base64.b64decode(send("Page.printToPDF", {})["data"])
            self.assertEqual(printed[:5], b"%PDF-")
            self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", printed)), 2)

            sizes = browser.execute_script(
                "return ['td', 'body'].map((name) => parseFloat(getComputedStyle("
                "document.querySelector(name)).fontSize))")
            self.assertLessEqual(*sizes)

    def test_colours_of_the_flow_are_told(self):
        flow = self.show().find_element(By.CSS_SELECTOR, "svg:has(.steady)")
        told = [text.text for text in flow.find_elements(By.CSS_SELECTOR, "rect + text")]
        self.assertLessEqual({"stayed in the segment that theirs became", "moved, came or went"}, set(told))
        shades = [flow.find_element(By.CSS_SELECTOR, f"rect.{kind}").value_of_css_property("fill")
                  for kind in ("steady", "moved")]
        self.assertEqual(len(set(shades)), 2)

    def test_heads_repeat_on_paper(self):
        """A table that goes on over the page has its head on every sheet."""
        browser = self.show()
        title = browser.execute_script(
            "return document.evaluate(arguments[0], document, null, 9, null).singleNodeValue"
            ".closest('section').nextElementSibling.querySelector('h2').textContent", RULES)
        printed = base64.b64decode(self.browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
        told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=printed, check=True,
                              stdout=subprocess.PIPE).stdout.decode().split("\f")
        first = next(i for i, page in enumerate(told) if "Rules, the highest lift first" in page)
        last = next(i for i, page in enumerate(told) if i > first and title in page)
        self.assertGreater(last, first + 1)
        for page in told[first:last]:
            self.assertRegex(page, r"who buys +also buys +baskets")

    def test_contrast(self):
        for page in range(len(self.pages)):
            grounds = set()
            for scheme in ("light", "dark"):
                browser = self.show(page, scheme=scheme)
                found = browser.execute_script(CONTRASTS)
                self.assertGreater(len(found), 100)
                self.assertEqual([one for one in found if one[0] < LEAST_CONTRAST], [], scheme)
                grounds.add(browser.execute_script(
                    "return getComputedStyle(document.body).backgroundColor"))
            self.assertEqual(len(grounds), 2)

    def test_screen_reader(self):
        """What is met there has a name: of charts, tables, buttons, fields, and places that scroll."""
        for page, path in enumerate(self.pages):
            browser = self.show(page)
            self.assertEqual(browser.find_element(By.TAG_NAME, "html").get_attribute("lang"), "en", path)
            names = {}
            for node in browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
                if not node["ignored"]:
                    name = node.get("name", {}).get("value", "").strip()
                    names.setdefault(node["role"]["value"].lower(), []).append(name)
            images = names.get("image", []) + names.get("img", [])
            self.assertEqual(len(images), len(browser.find_elements(By.TAG_NAME, "svg")))
            for found in (images, *(names[role] for role in ("table", "button", "heading", "navigation"))):
                self.assertTrue(found and all(found), found)
            found = [place.get_attribute("aria-label") for place in
                     browser.find_elements(By.CSS_SELECTOR, "[tabindex='0']")]
            self.assertTrue(found and all(found), found)
            if page == 0:
                self.assertTrue(all(names["searchbox"]), names["searchbox"])
            levels = [int(one.tag_name[1]) for one in browser.find_elements(By.CSS_SELECTOR, "h1, h2, h3")]
            self.assertEqual(levels[0], 1)
            self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])))

    def test_keyboard(self):
        browser = self.show()
        browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        skip = browser.switch_to.active_element
        self.assertEqual(skip.text, "Skip to the report")
        self.assertGreaterEqual(skip.rect["x"], 0)
        skip.send_keys(Keys.ENTER)
        self.assertEqual(browser.switch_to.active_element.tag_name, "main")
        for landmark in ("header", "nav", "main", "footer"):
            self.assertEqual(len(browser.find_elements(By.TAG_NAME, landmark)), 1, landmark)


if __name__ == "__main__":
    unittest.main()
