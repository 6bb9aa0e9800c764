"""JupyterLab on a folder of its own, and a browser that no user has, to use it as its readers do."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

PICTURES = Path(__file__).parents[2] / "build" / "browser"
PATIENCE = 120
"""Seconds to wait for a step: a machine with two slow cores may need them."""
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1600",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no page reaches any network
)
_SERVER = (
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.allow_root=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
)
_NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


def _missing() -> list[str]:
    chromium = any(map(shutil.which, _CHROMIUM))
    found = {"chromium": chromium, "chromedriver": shutil.which("chromedriver")}
    found |= {name: find_spec(name) for name in ("selenium", "jupyterlab")}
    return [name for name, present in found.items() if not present]


@pytest.fixture(scope="session", autouse=True)
def _needs_a_browser() -> None:
    """Run only where a browser is asked for, which must be there then."""
    if os.environ.get("CRMLAB_BROWSER") != "1":
        pytest.skip("make test-browser runs it.")
    if missing := _missing():
        pytest.fail(
            f"The tests in a browser need {', '.join(missing)}. On Debian: apt-get install chromium "
            "chromium-driver; the rest: make test installs it.",
            pytrace=False,
        )


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab shows."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="session")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab without the configuration of this machine; return an address with %s for a path."""
    import matplotlib as mpl

    own, token, port = tmp_path_factory.mktemp("jupyter"), secrets.token_hex(24), _free_port()
    settings = own / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(_NO_NEWS))
    folders = {
        "HOME": own,
        "IPYTHONDIR": own / "ipython",
        "JUPYTER_CONFIG_DIR": own / "config",
        "JUPYTER_DATA_DIR": own / "data",
        "JUPYTER_RUNTIME_DIR": own / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": own / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": own / "workspaces",
        "MPLCONFIGDIR": mpl.get_cachedir(),  # to list all fonts again would take a while
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST"))}
    environment = kept | {name: str(folder) for name, folder in folders.items()} | {"JUPYTER_NO_CONFIG": "1"}
    command = [sys.executable, "-m", "jupyterlab", *_SERVER, f"--ServerApp.port={port}"]
    command += [
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={root}",
    ]
    with (own / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_it_answers(process, f"http://127.0.0.1:{port}/api?token={token}", own / "log.txt")
            yield f"http://127.0.0.1:{port}/lab/tree/%s?token={token}&reset"
        finally:
            process.terminate()  # it ends its kernels first
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Chromium with a profile of its own."""
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, _CHROMIUM)))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = Chrome(options, Service(shutil.which("chromedriver")))
    try:
        driver.set_page_load_timeout(PATIENCE)
        driver.set_script_timeout(PATIENCE)
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def notebook(
    driver: Any, server: str, root: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[Path], "Notebook"]]:
    """Return a function that opens a notebook below the root in JupyterLab; keep a picture of the end."""

    def open_(path: Path) -> Notebook:
        opened = Notebook(driver, path)
        opened.load(server % path.relative_to(root).as_posix())
        return opened

    yield open_
    PICTURES.mkdir(parents=True, exist_ok=True)
    driver.save_screenshot(str(PICTURES / f"{request.node.name}.png"))


class Notebook:
    """A notebook that is open in JupyterLab, used by mouse and keyboard."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver, self.path = driver, path

    def load(self, address: str) -> None:
        """Open the page and wait for its kernel; once more if it does not come."""
        from selenium.common.exceptions import TimeoutException

        try:
            self.driver.get(address)
            self._wait_for_the_kernel(PATIENCE / 2)
        except (TimeoutException, AssertionError):
            self.driver.get(address)
            self._wait_for_the_kernel(PATIENCE)

    def _wait_for_the_kernel(self, seconds: float) -> None:
        """Wait for the status bar: the sign in the toolbar stands at idle before there is a kernel."""
        self.wait("an idle kernel", lambda: self._shown("#jp-main-statusbar span", "| Idle"), seconds)

    def run_all(self) -> None:
        """Clear all outputs, choose Run All Cells, and wait until the last has run, or one has failed."""
        self._choose("Edit", "editmenu:clear-all")
        self.wait("no outputs", lambda: len(self.unfinished()) == len(self.prompts()) > 0)
        self._choose("Run", "runmenu:run-all")
        self.wait(
            "all cells to have run",
            lambda: self.errors() or (self.prompts() and not self.unfinished() and not self._is_busy()),
        )

    def _is_busy(self) -> bool:
        """Whether cells wait or run, of which those that are folded show no prompt."""
        return self._script(
            "return document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'busy'"
        )

    def prompts(self) -> list[str]:
        """Return what stands before the code cells that are neither empty nor folded: ``[3]:`` once run."""
        return self._script(
            "return [...document.querySelectorAll('.jp-CodeCell')]"
            ".filter(cell => cell.querySelector('.cm-content')?.textContent.trim())"
            ".map(cell => cell.querySelector('.jp-InputPrompt').textContent)"
        )

    def unfinished(self) -> list[str]:
        """Return those that have not run, or not to their end."""
        return [prompt for prompt in self.prompts() if not any(map(str.isdigit, prompt))]

    def errors(self) -> list[str]:
        """Return the errors and warnings that the page shows."""
        return self._script(
            "return [...document.querySelectorAll('[data-mime-type$=stderr], [data-mime-type$=error]')]"
            ".map(output => output.textContent)"
        )

    def answer(self, variable: str, text: str) -> str:
        """Type a new text into the cell that checks an exercise, run it, and return the reply in the page."""
        from selenium.webdriver import ActionChains, Keys

        cell = self._cell(variable)
        before = self._text_of(cell, ".jp-InputPrompt")
        self._script("arguments[0].scrollIntoView({block: 'center'})", cell)
        editor = self._script("return arguments[0].querySelector('.cm-content')", cell)
        keys = ActionChains(self.driver).click(editor)
        keys.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(text)
        keys.key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(Keys.CONTROL).perform()

        def has_run() -> bool:
            prompt = self._text_of(cell, ".jp-InputPrompt")
            return prompt != before and any(map(str.isdigit, prompt))

        self.wait(f"'{text}' to have run", has_run)
        return self._text_of(cell, ".jp-OutputArea-output").strip()

    def save(self) -> None:
        """Save by the keyboard, and wait until the file has every cell as the page has it."""
        from selenium.webdriver import ActionChains, Keys

        before = self.path.stat().st_mtime_ns
        ActionChains(self.driver).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
        self.wait("the notebook to be saved", lambda: self.path.stat().st_mtime_ns > before)
        self.wait("no changes to be left", lambda: not self._count(".jp-mod-dirty"))

    def stored(self) -> list[dict[str, Any]]:
        """Return the cells of the saved notebook."""
        cells: list[dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        return cells

    def picture(self, name: str, variable: str) -> None:
        """Keep a picture of the page as an artefact of the build, with a cell at its lower end."""
        self._script("arguments[0].scrollIntoView({block: 'end'})", self._cell(variable))
        time.sleep(0.5)  # for the scrolling to be drawn
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(PICTURES / f"{name}.png"))

    def wait(self, what: str, condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"Waited {seconds:.0f} s for {what} in {self.path.name}: see {PICTURES}")
            time.sleep(0.1)

    def _cell(self, variable: str) -> Any:
        found = self._script(
            "return [...document.querySelectorAll('.jp-CodeCell')].filter("
            "cell => cell.querySelector('.cm-content')?.textContent.startsWith(arguments[0] + '.check('))",
            variable,
        )
        assert len(found) == 1, f"{len(found)} cells check {variable}: see {PICTURES}"
        return found[0]

    def _choose(self, menu: str, command: str) -> None:
        for selector, text in ((".lm-MenuBar-itemLabel", menu), (f"li[data-command='{command}']", "")):
            self.wait(f"'{selector} {text}' to be shown", lambda item=(selector, text): self._shown(*item))
            self._shown(selector, text)[0].click()

    def _shown(self, selector: str, text: str) -> list[Any]:
        return self._script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter(item => item.offsetParent && item.textContent.includes(arguments[1]))",
            selector,
            text,
        )

    def _text_of(self, cell: Any, selector: str) -> str:
        return self._script(
            "return arguments[0].querySelector(arguments[1])?.textContent ?? ''", cell, selector
        )

    def _count(self, selector: str) -> int:
        return self._script("return document.querySelectorAll(arguments[0]).length", selector)

    def _script(self, text: str, *values: Any) -> Any:
        return self.driver.execute_script(text, *values)
