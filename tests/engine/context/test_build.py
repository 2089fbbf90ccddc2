"""A context is filled from its sources in order, or says what is missing and where."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace

from engine.context import database
from engine.context.build import look_up, told, without_gaps
from engine.context.found import Surroundings, Unavailable
from engine.context.kept import Kept
from engine.definition.model import ContextSource, Source, Workflow
from engine.definition.typed import Field
from engine.workspace import Config, HttpConfig, Workspace
from tests.engine.steps.conftest import Server

Json = Any
NOW = 1_700_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    connection = apsw.Connection(str(tmp_path / "data" / "crm.db"))
    connection.execute(
        "create table customers (id, name, arr, renewal_date, photo);"
        "insert into customers values ('acme', 'Acme', 120000, '2026-12-01', x'00ff');"
        "insert into customers values ('b', 'Twin', 1, null, null);"
        "insert into customers values ('b', 'Twin', 2, null, null);"
    )
    connection.close()
    return tmp_path


async def fill(
    root: Path,
    context: dict[str, ContextSource],
    *,
    sources: dict[str, Source] | None = None,
    hosts: tuple[str, ...] = (),
    databases: dict[str, str] | None = None,
    now: float = NOW,
    fresh: bool = False,
    **inputs: Json,
) -> dict[str, Json]:
    files = databases or {"crm": "data/crm.db"}
    config = Config(databases=files, http=HttpConfig(hosts=hosts))
    kept = Kept(root / ".weir", now, lambda value: value, fresh=fresh)
    workflow = Workflow(name="w", steps=(), context=context, sources=sources or {})
    around = Surroundings(
        Workspace(root, config),
        kept,
        {"WEIR_RUN_ID": "r1"},
        lambda *a: None,
        lambda a: None,
        lambda name: f"set {name.upper()}",
    )
    scope = {"inputs": inputs, "workflow": {"name": "w"}}
    return told(without_gaps(await look_up(workflow, scope, around, now)))


def one(sql: str, database: str = "crm", **more: Any) -> ContextSource:
    return ContextSource(sql=sql, database=database, one=True, **more)


CUSTOMER = one("select id, name, arr from customers where id = :customer")


async def test_a_server_in_trouble_says_when_it_will_answer_again(
    root: Path, server: Server
) -> None:
    server.answer("/a", b"", 503, Retry_After="7")
    hosts = (f"127.0.0.1:{server.port}",)
    with pytest.raises(Unavailable) as caught:
        await fill(root, {"a": ContextSource(http=f"{server.url}/a")}, hosts=hosts)
    said = caught.value
    assert (said.kind, said.sign, said.retry_after) == ("http", "status:503", 7.0)
    with pytest.raises(Unavailable, match=r"a: exit status 75$") as caught:
        await fill(root, {"a": ContextSource(shell="exit 75")})
    assert (caught.value.sign, caught.value.retryable) == ("exit:75", True)


async def test_values_nest_by_their_dots_and_read_what_came_before(root: Path) -> None:
    (root / "data" / "acme.json").write_text('{"trend": "up"}')
    context = {
        "customer": CUSTOMER,
        "data.usage": ContextSource(file="data/{{ inputs.customer }}.json"),
        "data.arr": ContextSource(expr="customer.arr * 2"),
        "workflow.size": ContextSource(expr="'large' if data.arr > 5 else 'small'"),
        "workflow.of": ContextSource(expr="workflow.name ~ workflow.size"),
    }
    made = await fill(root, context, customer="acme")
    assert made["values"] == {
        "customer": {"id": "acme", "name": "Acme", "arr": 120000},
        "data": {"usage": {"trend": "up"}, "arr": 240000},
        "workflow": {"size": "large", "of": "wlarge"},
    }
    assert list(made["provenance"]) == list(context)
    usage = made["provenance"]["data.usage"]
    assert (usage["kind"], usage["where"]) == ("file", "data/acme.json")
    assert usage["at"] == NOW
    assert len(usage["digest"]) == 64


async def test_every_value_has_a_digest_of_what_was_read(root: Path) -> None:
    digests = []
    for text in ("1", "1", "2"):
        (root / "n.json").write_text(text)
        made = await fill(root, {"n": ContextSource(file="n.json")})
        digests.append(made["provenance"]["n"]["digest"])
    assert digests[0] == digests[1] != digests[2]


MISSING = {
    "customer: no row for customer=nobody in crm": CUSTOMER,
    "customer: the query reads :ghost, which has no value": one("select :ghost"),
    "customer: there is no data/x.json in the workspace": ContextSource(
        file="data/x.json"
    ),
    "customer: needs inputs.ghost, which is missing": ContextSource(
        file="{{ inputs.ghost }}.json"
    ),
    "customer: needs data.x, which is missing": ContextSource(expr="data.x + 1"),
    "customer: more than one row for twin=b in crm": one(
        "select * from customers where id = :twin"
    ),
    "customer: weir.toml names no database 'erp' (it has crm)": ContextSource(
        sql="select 1", database="erp"
    ),
    "customer: ../x is not inside the workspace": ContextSource(file="../x"),
    "customer: data/link is a link": ContextSource(file="data/link"),
    "customer: .weir/weir.db is in .weir": ContextSource(file=".weir/weir.db"),
}


@pytest.mark.parametrize(("said", "source"), MISSING.items())
async def test_what_is_missing_is_named_with_the_reason(
    root: Path, said: str, source: ContextSource
) -> None:
    (root / "data" / "link").symlink_to("/etc/passwd")
    with pytest.raises(Unavailable) as refused:
        await fill(root, {"customer": source}, customer="nobody", twin="b")
    assert str(refused.value).startswith(said)
    assert refused.value.kind == "missing"
    assert not refused.value.retryable


async def test_optional_data_that_is_absent_is_none(root: Path) -> None:
    context = {
        "customer": one("select 1 where 1 = 0", optional=True),
        "usage": ContextSource(file="none.json", optional=True),
        "arr": ContextSource(expr="customer.arr", optional=True),
    }
    made = await fill(root, context)
    assert made["values"] == {"customer": None, "usage": None, "arr": None}
    assert made["provenance"]["customer"]["where"] == "no row in crm"


async def test_a_name_may_lead_into_optional_data_that_is_absent(root: Path) -> None:
    usage = ContextSource(file="none.json", optional=True)
    made = await fill(root, {"usage": usage, "usage.of": ContextSource(expr="1")})
    assert made["values"] == {"usage": {"of": 1}}


async def test_a_named_source_may_say_itself_that_it_is_optional(root: Path) -> None:
    usage = Source(name="usage", body=ContextSource(file="none.json", optional=True))
    context = {"data.usage": ContextSource(source="usage")}
    filled = await fill(root, context, sources={"usage": usage})
    assert filled["values"] == {"data": {"usage": None}}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (ContextSource(file="bad.json"), "bad.json: "),
        (ContextSource(file="../out.json"), "out.json"),
        (ContextSource(shell="echo no >&2; exit 3"), "exit status 3: no"),
        (ContextSource(http="http://127.0.0.1:9/x"), "127.0.0.1"),
        (one("select 1", database="nowhere"), "names no database 'nowhere'"),
        (one("select 1", database="gone"), "there is no gone.db"),
        (one("select 1", database="torn"), "torn: "),
    ],
)
async def test_optional_data_that_nobody_can_give_now_is_none_and_says_why(
    root: Path, source: ContextSource, why: str
) -> None:
    (root / "bad.json").write_text("{")
    (root / "torn.db").write_text("this is no database, however long it may be")
    databases = {"crm": "crm.db", "gone": "gone.db", "torn": "torn.db"}
    with pytest.raises(Unavailable):
        await fill(root, {"x": source}, databases=databases)
    optional = {"x": replace(source, optional=True)}
    made = await fill(root, optional, databases=databases)
    assert made["values"] == {"x": None}
    assert why in made["provenance"]["x"]["where"]


async def test_optional_hides_no_slip_in_what_is_asked(root: Path) -> None:
    for source in (
        one("selct", optional=True),
        one("select nothing from nowhere", optional=True),
        ContextSource(expr="1 + 'a'", optional=True),
    ):
        with pytest.raises(Unavailable):
            await fill(root, {"x": source})


async def test_rows_are_a_list_and_bytes_are_text(root: Path) -> None:
    context = {
        "rows": ContextSource(sql="select id, photo from customers order by arr")
    }
    made = await fill(root, context)
    assert made["values"]["rows"][0] == {"id": "b", "photo": None}
    assert made["values"]["rows"][2] == {"id": "acme", "photo": "AP8="}


async def test_a_query_binds_inputs_context_and_with(root: Path) -> None:
    context = {
        "floor": ContextSource(expr="1"),
        "rows": ContextSource(
            sql="select arr from customers where id = :customer and arr > :floor + :n",
            with_={"n": "{{ floor - 1 }}"},
        ),
    }
    made = await fill(root, context, customer="b")
    assert made["values"]["rows"] == [{"arr": 2}]


WRITES = (
    "delete from customers",
    "create table x (y)",
    "attach '{other}' as other",
    "pragma writable_schema = on; delete from sqlite_schema",
    "select load_extension('x')",
)


@pytest.mark.parametrize("sql", WRITES)
async def test_a_query_can_only_read_its_own_file(root: Path, sql: str) -> None:
    before = (root / "data" / "crm.db").read_bytes()
    apsw.Connection(str(root / "other.db")).execute("create table t (x)")
    sql = sql.format(other=root / "other.db")
    with pytest.raises(Unavailable, match="crm: "):
        await fill(root, {"x": ContextSource(sql=sql, database="crm")})
    assert (root / "data" / "crm.db").read_bytes() == before


ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) "


async def test_a_query_without_end_is_ended(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SECONDS", 0.05)
    with pytest.raises(Unavailable, match="longer than") as refused:
        await fill(root, {"x": one(ENDLESS + "select count(*) from n")})
    assert refused.value.kind == "timeout"


async def test_rows_without_end_are_refused(root: Path) -> None:
    with pytest.raises(Unavailable, match="more than 10000 rows") as refused:
        await fill(root, {"x": ContextSource(sql=ENDLESS + "select x from n")})
    assert refused.value.kind == "limit"


async def test_a_database_that_is_a_link_or_none_is_refused(root: Path) -> None:
    (root / "data" / "crm.db").rename(root / "real.db")
    with pytest.raises(Unavailable, match=r"there is no data/crm\.db"):
        await fill(root, {"customer": CUSTOMER}, customer="acme")
    (root / "data" / "crm.db").symlink_to(root / "real.db")
    with pytest.raises(Unavailable, match="is a link"):
        await fill(root, {"customer": CUSTOMER}, customer="acme")
    (root / "data" / "crm.db").unlink()
    (root / "data" / "crm.db").write_text("no database at all, " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await fill(root, {"customer": CUSTOMER}, customer="acme")


FILES: dict[str, tuple[bytes, Json]] = {
    "a.json": (b'\xef\xbb\xbf[1, "x"]', [1, "x"]),
    "a.yaml": (b"name: no\nlist: [1, 2]\n", {"name": "no", "list": [1, 2]}),
    "a.yml": (b"- 1\n", [1]),
    "a.csv": (b'a,b\r\n1,"x, y"\r\n', [{"a": "1", "b": "x, y"}]),
    "a.md": ("grün\n".encode(), "grün\n"),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_read_as_its_suffix_says(root: Path, name: str) -> None:
    (root / name).write_bytes(FILES[name][0])
    made = await fill(root, {"x": ContextSource(file=name)})
    assert made["values"]["x"] == FILES[name][1]


BROKEN = {
    "a.json": b'{"a": ',
    "deep.json": b"[" * 200_000,
    "a.yaml": b"a: &x [1]\nb: *x\n",
    "a.csv": b'a,b\n1,"x\n',
    "a.txt": b"\xff\xfe",
    "large.txt": b"x" * (5 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_file_that_can_not_be_read_is_named(root: Path, name: str) -> None:
    (root / name).write_bytes(BROKEN[name])
    with pytest.raises(Unavailable, match=f"^x: {name}") as refused:
        await fill(root, {"x": ContextSource(file=name)})
    assert "\n" not in str(refused.value)


async def test_a_program_leaves_json_or_text(root: Path) -> None:
    context = {
        "object": ContextSource(shell="echo '{\"a\": 1}'"),
        "number": ContextSource(shell="echo 12"),
        "braces": ContextSource(shell="echo '{no json'"),
        "where": ContextSource(shell="pwd; echo $WEIR_RUN_ID"),
    }
    made = await fill(root, context)
    assert made["values"] == {
        "object": {"a": 1},
        "number": "12",
        "braces": "{no json",
        "where": f"{root}\nr1",
    }


async def test_a_program_that_fails_is_told_with_its_last_word(root: Path) -> None:
    context = {"x": ContextSource(shell="echo a >&2; echo no such user >&2; exit 3")}
    with pytest.raises(Unavailable, match="x: exit status 3: no such user") as refused:
        await fill(root, context)
    assert (refused.value.kind, refused.value.retryable) == ("exit", True)
    with pytest.raises(Unavailable, match="more than 1 MB"):
        await fill(root, {"x": ContextSource(shell="yes")})


async def test_a_named_source_reads_the_inputs_it_is_given(root: Path) -> None:
    sources = {
        "customer": Source(
            name="customer", body=CUSTOMER, inputs={"customer": Field()}
        ),
        "loop": Source(name="loop", body=ContextSource(source="loop")),
    }
    given = ContextSource(source="customer", with_={"customer": "{{ inputs.who }}"})
    made = await fill(root, {"c": given}, sources=sources, who="acme")
    assert made["values"]["c"]["name"] == "Acme"
    with pytest.raises(Unavailable, match="missing input `customer`"):
        await fill(root, {"c": ContextSource(source="customer")}, sources=sources)
    with pytest.raises(Unavailable, match="too many"):
        await fill(root, {"c": ContextSource(source="loop")}, sources=sources)


async def test_a_name_under_what_is_no_object_is_refused(root: Path) -> None:
    context = {"a": ContextSource(expr="1"), "a.b": ContextSource(expr="2")}
    with pytest.raises(Unavailable, match="a is not an object"):
        await fill(root, context)


@pytest.fixture
def port() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"/none": 404, "/down": 503}.get(self.path, 200)
            body = b'{"a": [1]}' if self.path.startswith("/json") else b"<html>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_server_answers_json(root: Path, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    hosts = ("127.0.0.1",)
    context = {
        "x": ContextSource(http=url + "/json?key=secret"),
        "y": ContextSource(http=url + "/none", optional=True),
    }
    made = await fill(root, context, hosts=hosts)
    assert made["values"] == {"x": {"a": [1]}, "y": None}
    assert made["provenance"]["x"]["where"] == f"{url}/json"
    for path, said in {"/none": "404", "/down": "503", "/html": "did not"}.items():
        with pytest.raises(Unavailable, match=said) as refused:
            await fill(root, {"x": ContextSource(http=url + path)}, hosts=hosts)
        assert refused.value.retryable == (path == "/down")
    with pytest.raises(Unavailable, match="not a public address"):
        await fill(root, {"x": ContextSource(http=url + "/json")})


def shell(command: str, ttl: float | None = None) -> dict[str, ContextSource]:
    return {"told": ContextSource(shell=command, ttl=ttl)}


COUNTS = "echo . >> counted; wc -l < counted | tr -d ' '"


async def test_what_has_a_ttl_is_used_again_until_then(root: Path) -> None:
    (root / ".weir").mkdir()
    first = await fill(root, shell(COUNTS, 60.0))
    again = await fill(root, shell(COUNTS, 60.0), now=NOW + 59)
    assert again["values"] == first["values"] == {"told": "1"}
    assert again["provenance"]["told"]["at"] == NOW, "when it was found"
    later = await fill(root, shell(COUNTS, 60.0), now=NOW + 60)
    assert later["values"] == {"told": "2"}
    assert len([*(root / ".weir/cache").iterdir()]) == 1, "what is over is gone"


async def test_of_all_that_is_kept_only_what_is_asked_for_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".weir").mkdir()
    asked = {"x": ContextSource(sql="select :id as id", database="crm", ttl=60.0)}
    for number in range(300):
        await fill(root, asked, id=number)
    read: list[str] = []
    of_file = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read.append(path.name) or of_file(path)
    )
    assert (await fill(root, asked, id=7))["values"] == {"x": [{"id": 7}]}
    await fill(root, asked, id=1000)
    assert len(read) == 2
    for number in range(2000, 3000):
        await fill(root, asked, id=number, now=NOW + 60)
    left = [f.stat().st_mtime for f in (root / ".weir/cache").iterdir()]
    old = sum(until <= NOW + 60 for until in left)
    assert old < 30, "what is over is gone, sooner or later"


async def test_without_a_ttl_or_a_weir_folder_nothing_is_kept(root: Path) -> None:
    await fill(root, shell(COUNTS, 60.0))
    assert not (root / ".weir").exists()
    (root / ".weir").mkdir()
    await fill(root, shell(COUNTS))
    assert (await fill(root, shell(COUNTS)))["values"] == {"told": "3"}
    assert not (root / ".weir/cache").exists()


async def test_fresh_looks_anew_for_all_that_follow(root: Path) -> None:
    (root / ".weir").mkdir()
    await fill(root, shell(COUNTS, 60.0))
    assert (await fill(root, shell(COUNTS, 60.0), fresh=True))["values"] == {
        "told": "2"
    }
    assert (await fill(root, shell(COUNTS, 60.0)))["values"] == {"told": "2"}


async def test_another_question_is_not_answered_by_what_is_kept(root: Path) -> None:
    (root / ".weir").mkdir()
    sql = "select :customer as id"
    asked = {"customer": ContextSource(sql=sql, database="crm", ttl=60.0)}
    acme = await fill(root, asked, customer="acme", other=1)
    same = await fill(root, asked, customer="acme", other=2, now=NOW + 1)
    other = await fill(root, asked, customer="globex", other=1, now=NOW + 1)
    assert same["provenance"]["customer"]["at"] == NOW, "it reads no `other`"
    assert other["provenance"]["customer"]["at"] == NOW + 1
    assert other["values"] != acme["values"] == same["values"]


async def test_what_is_damaged_or_of_another_time_is_looked_up(root: Path) -> None:
    (root / ".weir").mkdir()
    await fill(root, shell(COUNTS, 60.0))
    before = await fill(root, shell(COUNTS, 60.0), now=NOW - 5)
    assert before["values"] == {"told": "2"}, "the clock was set back"
    (kept,) = (root / ".weir/cache").iterdir()
    kept.write_bytes(b"{")
    assert (await fill(root, shell(COUNTS, 60.0), now=NOW - 5))["values"] == {
        "told": "3"
    }


async def test_a_file_says_in_which_commit_it_stands_so(root: Path) -> None:
    def git(*words: str) -> str:
        who = ("-c", "user.name=Ana", "-c", "user.email=a@example.com")
        done = subprocess.run(
            ["git", *who, *words], cwd=root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    (root / "note.txt").write_text("all is well")
    source = {"note": ContextSource(file="note.txt")}
    assert "commit" not in (await fill(root, source))["provenance"]["note"]
    git("init", "-q")
    git("add", "note.txt")
    git("-c", "commit.gpgsign=false", "commit", "-qm", "Note")
    found = (await fill(root, source))["provenance"]["note"]
    assert found["commit"] == git("rev-parse", "HEAD")
    (root / "note.txt").write_text("all is lost")
    assert "commit" not in (await fill(root, source))["provenance"]["note"]
