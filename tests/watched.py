"""A browser window that notices markup that got through: scripts that run or were held back, odd elements and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response

SHORT = "\"'><img src=x data-wsic onerror=wsicHit()>wsic{{7*7}}wsic"
LONG = (
    SHORT + "<svg/onload=wsicHit()></script></title></textarea></style><script>wsicHit()</script>"
    "' onfocus=wsicHit() autofocus data-wsic='\" onfocus=wsicHit() autofocus data-wsic=\"javascript:wsicHit()]]><!--"
)
SHOWN = "wsicHit()"
"""What a page that shows either of them has in its text or its fields."""

_LISTEN = """document.addEventListener("securitypolicyviolation",
  event => wsicHit(`held back: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""
_LOOK = """() => {
  const odd = [];
  const links = new Set(["href", "src", "action", "formaction", "xlink:href", "data", "cite", "poster", "ping"]);
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    if (["iframe", "object", "embed", "base", "marquee"].includes(name)) odd.push(element.outerHTML);
    if (name === "script" && !element.src && element.type !== "application/ld+json") odd.push(element.outerHTML);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name.includes("wsic")) odd.push(element.outerHTML);
      if (!links.has(name)) continue;
      let scheme = "unreadable";
      try { scheme = new URL(value, document.baseURI).protocol } catch { }
      if (!["http:", "https:", "mailto:"].includes(scheme)) odd.push(`${scheme} ${element.outerHTML}`);
    }
  }
  const text = document.documentElement.textContent;
  if (text.includes("wsic49wsic")) odd.push("a template was filled in");
  const fields = [...document.querySelectorAll("input, textarea, option")].map(field => field.value);
  const shown = [text, ...fields].some(words => words.includes("wsicHit()"));
  return { odd: odd.map(item => item.slice(0, 300)), shown };
}"""
_FILL = """([place, number, given, long, short]) => {
  const form = document.querySelectorAll(place)[number];
  if (!form) return 0;
  const last = name => name.slice(name.indexOf("|"));
  form.noValidate = true;
  let count = 0;
  const seen = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || ["button", "fieldset"].includes(field.localName)) continue;
    const known = field.name in given ? field.name : last(field.name);
    if (known in given) {
      const values = [given[known]].flat();
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else field.value = values[seen[field.name] = (seen[field.name] ?? -1) + 1] ?? "";
    } else if (field.type === "radio" || field.type === "checkbox" && field.name.includes("|")) {
      if (!form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`)) field.checked = true;
    } else if (field.localName === "select") {
      field.value ||= [...field.options].find(option => option.value)?.value ?? "";
    } else if (["textarea", "text", "search", "email", "url", "tel", "password"].includes(field.type)) {
      if ((seen[field.name] = (seen[field.name] ?? 0) + 1) > 2) continue;
      field.value = field.maxLength > 0 && field.maxLength < long.length ? short : long;
      count += 1;
    }
  }
  return count;
}"""
_SUBMIT = """([place, number, button]) => {
  const form = document.querySelectorAll(place)[number];
  const buttons = [...form.elements].filter(element => element.type === "submit");
  const pressed = buttons.find(one => !button || one.value === button || one.formAction.endsWith(button));
  form.addEventListener("submit", event => event.stopImmediatePropagation(), { capture: true });
  form.requestSubmit(pressed);
}"""
_ADD = """async () => {
  let page = document;
  const done = new Set();
  for (;;) {
    const form = page.querySelector("#form");
    const left = [...form.querySelectorAll("button[value^='add ']")].find(button => !done.has(button.value));
    if (!left) return;
    done.add(left.value);
    const body = new URLSearchParams(new FormData(form));
    body.set("do", left.value);
    const answer = await fetch(location.pathname, { method: "POST", body });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  }
}"""
_CHECK = """async () => {
  const body = new URLSearchParams(new FormData(document.querySelector("#form")));
  body.set("do", "check");
  const answer = await fetch(location.pathname, { method: "POST", body });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("#form [name=edits]").value = page.querySelector("#form [name=edits]").value;
  return [...page.querySelectorAll(".problems li a")].map(link => {
    const id = decodeURIComponent(link.getAttribute("href").slice(1));
    const field = page.getElementById(id);
    const options = field?.list ?? field;
    return [id, field !== null, options?.querySelector("option[value]:not([value=''])")?.value ?? ""];
  });
}"""


class Watched:
    """A window of a visitor or, once signed in, of a person. ``caught`` must stay empty.

    ``posted`` gets the paths to which forms were sent; ``mark`` stands before whatever is typed.
    """

    def __init__(self, browser: Browser, site: httpx.Client, posted: set[str], agent: str = "") -> None:
        self.base = str(site.base_url)
        self.caught: list[str] = []
        self.posted = posted
        self.status = 0
        self.mark = ""
        more: dict[str, Any] = {"user_agent": agent} if agent else {}
        self.context = browser.new_context(base_url=self.base, viewport={"width": 1280, "height": 800}, **more)
        self.context.expose_binding("wsicHit", self._hit)
        self.context.add_init_script(_LISTEN)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self._catch(f"error {error} on {self.here}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    @property
    def here(self) -> str:
        """The path of the page."""
        return urlsplit(self.page.url).path

    def _catch(self, words: str) -> None:
        self.caught.append(words)

    def _hit(self, _: object, words: str = "ran") -> None:
        self._catch(f"{words} on {self.here}")

    def _dialog(self, dialog: Dialog) -> None:
        self._catch(f"dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._catch(f"console: {message.text} on {self.here}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if request.url.startswith("blob:"):
            return
        if not request.url.startswith(self.base) or url.path.endswith("/x"):
            self._catch(f"asked for {request.url} on {self.here}")
        if request.method == "POST":
            self.posted.add(url.path)

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.status = response.status

    def open(self, place: str, shown: bool = True) -> None:
        """Go to a page and look at it; ``shown`` is whether it must show what was typed."""
        self.page.goto(place)
        self.look(shown)

    def look(self, shown: bool = True) -> None:
        """Nothing of what was typed has become markup in the page, and with ``shown`` it is there as text."""
        found = self.page.evaluate(_LOOK)
        assert not found["odd"] and not self.caught, f"{self.page.url}\n" + "\n".join([*found["odd"], *self.caught])
        assert self.status < 500, f"{self.page.url}: {self.status}"
        assert found["shown"] or not shown, f"{self.page.url} ({self.status}) does not show what was typed"

    def fill(self, form: str, given: Mapping[str, Any] | None = None, number: int = 0) -> int:
        """Type the attack into every text field of a form but those ``given``; how many there were."""
        return int(self.page.evaluate(_FILL, [form, number, dict(given or {}), self.mark + LONG, self.mark + SHORT]))

    def add_parts(self) -> None:
        """Press every button of a draft that adds a part to it, once, and open it again."""
        self.page.evaluate(_ADD)
        self.page.reload()

    def faults(self, given: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
        """What is wrong with a draft filled like this: the field, whether the page has it, and a choice it offers."""
        self.fill("#form", given)
        return [(field, there, offered) for field, there, offered in self.page.evaluate(_CHECK)]

    def press(self, form: str, button: str = "", number: int = 0) -> None:
        """Send a form by the button that has a value, or by its first."""
        with self.page.expect_navigation():
            self.page.evaluate(_SUBMIT, [form, number, button])

    def send(
        self, form: str, button: str = "", given: Mapping[str, Any] | None = None, number: int = 0, shown: bool = False
    ) -> None:
        """Fill a form that has text fields, send it and look at what comes."""
        assert self.fill(form, given, number), f"{self.page.url} ({self.status}) has no such form with text: {form}"
        self.press(form, button, number)
        self.look(shown)
