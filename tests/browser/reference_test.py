"""The API reference page in a real browser: all definitions, search, code samples and a real call, from this server alone."""
import json
import shutil
import tempfile
import time

import pytest

webdriver = pytest.importorskip("selenium.webdriver", reason="python3-selenium is not installed")
if not shutil.which("chromium") or not shutil.which("chromedriver"):
    pytest.skip("chromium and chromium-driver are not installed", allow_module_level=True)

from selenium.webdriver.chrome.options import Options  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

from harness.server import Server  # noqa: E402

LANGUAGES = ["Shell", "Ruby", "Node.js", "PHP", "Python"]
WAIT_S = 60


@pytest.fixture(scope="module")
def server():
    with Server(listens=["http://127.0.0.1:0"]) as server:
        server.start()
        if len(server.anonymous().get("/docs/reference.js").body) == 0:
            pytest.skip("the server was built without the page's script (tools/api_page.sh)")
        yield server


@pytest.fixture(scope="module")
def browser():
    options = Options()
    options.binary_location = shutil.which("chromium")
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1400,1000"):
        options.add_argument(flag)
    folder = tempfile.mkdtemp(prefix="reeve-browser-")
    options.add_argument(f"--user-data-dir={folder}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    yield driver
    driver.quit()
    shutil.rmtree(folder, ignore_errors=True)


def wait_for(what, look):
    end = time.monotonic() + WAIT_S
    while True:
        try:
            found = look()
            if found:
                return found
        except Exception as error:  # noqa: BLE001: elements come and go while the page builds itself
            last = error
        assert time.monotonic() < end, f"no {what}: {locals().get('last', '')}"
        time.sleep(0.1)


def with_text(browser, tag, text):
    return [one for one in browser.find_elements(By.TAG_NAME, tag) if text in one.text and one.is_displayed()]


def open_page(browser, server, path="/docs", anew=False):
    """The page takes seconds to build itself: what one test has opened serves the next."""
    if not anew and browser.current_url.startswith(server.url + path):
        return
    browser.get(server.url + path)
    wait_for("title", lambda: with_text(browser, "h1", "Reeve management API"))


@pytest.mark.parametrize("path", ["/management-api/swagger/index.html", "/docs"])
def test_shows_the_api_without_an_error_and_without_another_host(browser, server, path):
    browser.get_log("browser"), browser.get_log("performance")
    open_page(browser, server, path, anew=True)
    wait_for("operations", lambda: "List groups" in browser.find_element(By.TAG_NAME, "body").text or with_text(browser, "a", "Groups"))
    errors = [row["message"] for row in browser.get_log("browser") if row["level"] == "SEVERE"]
    assert not errors, errors
    asked = [json.loads(row["message"])["message"] for row in browser.get_log("performance")]
    hosts = {row["params"]["request"]["url"].split("/")[2] for row in asked if row["method"] == "Network.requestWillBeSent" and row["params"]["request"]["url"].startswith("http")}
    assert hosts == {server.url.split("//")[1]}


def test_policy_is_strict(server):
    answer = server.anonymous().get("/docs")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "connect-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_has_every_version(browser, server):
    open_page(browser, server)
    browser.execute_script("arguments[0].click()", browser.find_element(By.XPATH, "//button[contains(., 'Management API v3')]"))
    for title in ("Management API v2", "Management API v1", "Agent protocol", "Token endpoint"):
        wait_for(title, lambda title=title: browser.find_elements(By.XPATH, f"//*[contains(text(), '{title}')]"))
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)


def test_has_code_samples(browser, server):
    open_page(browser, server)
    text = wait_for("samples", lambda: (lambda body: body if "Client Libraries" in body else "")(browser.find_element(By.TAG_NAME, "body").text))
    for language in LANGUAGES:
        assert language in text, language


def test_search_finds_an_operation(browser, server):
    open_page(browser, server)
    browser.execute_script("arguments[0].click()", browser.find_element(By.XPATH, "//button[contains(., 'Search')]"))
    field = wait_for("search field", lambda: [one for one in browser.find_elements(By.CSS_SELECTOR, "input") if one.is_displayed() and "earch" in (one.get_attribute("placeholder") or "")])[-1]
    field.send_keys("archive computers")
    wait_for("result", lambda: browser.find_elements(By.XPATH, "//*[@role='option' or @role='listbox']//*[contains(., 'rchive')]"))
    field.send_keys(Keys.ESCAPE)


def test_a_real_call_goes_out_and_its_answer_comes_back(browser, server):
    client = server.client()
    open_page(browser, server)
    token = wait_for("token field", lambda: [one for one in browser.find_elements(By.XPATH, "//input[@placeholder='Token'] | //*[@contenteditable='true']") if one.is_displayed()])[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", token)
    token.click()
    token.send_keys(client.token)
    time.sleep(1)
    operation = wait_for("operation", lambda: browser.find_elements(By.XPATH, "//button[contains(., 'List computers, paged')]"))
    browser.execute_script("arguments[0].click()", operation[0])
    test = wait_for("test button", lambda: browser.find_elements(By.XPATH, "//button[contains(., 'Test Request')]"))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", test[0])
    send = wait_for("send button", lambda: [one for one in browser.find_elements(By.XPATH, "//button[contains(., 'Send')]") if one.is_displayed()])
    send[0].click()
    wait_for("answer", lambda: "totalRecordCount" in browser.find_element(By.XPATH, "//*[contains(@aria-label, 'Response') or contains(@class, 'response')]").text or "200 OK" in browser.find_element(By.TAG_NAME, "body").text)
    end = time.monotonic() + 10
    while not any("path=/management-api/v3/Computers status=200" in line for line in server.log_text().splitlines()):
        assert time.monotonic() < end, server.log_tail()
        time.sleep(0.1)
