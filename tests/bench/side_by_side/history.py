"""A database with many jobs, without running them: one that is there is copied, row by row, as if it
had been submitted again and again. Columns are copied by name, so that a later schema needs a change
here only where a copy must differ from the original."""
import sqlite3

# Finished copies were over one after the other, so long apart: a million of them fill more than a day.
APART_MS = 100


def copy_job(path, state, count):
    """`path`: the database of a daemon that is stopped. `state`: of the job that is copied, a word."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        _copy(db, STATES[state], count)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


STATES = {"running": 6, "succeeded": 9}  # as the column `state` has them


def _copy(db, state, count):
    key, noticed = db.execute("SELECT key, noticed_at FROM progress WHERE state = ? LIMIT 1",
                              (state,)).fetchone()
    identity, = db.execute("SELECT id FROM jobs WHERE key = ?", (key,)).fetchone()
    last_key, last_sequence = db.execute("SELECT last_key, last_sequence FROM owner").fetchone()
    events = [row[0] for row in db.execute("SELECT sequence FROM history WHERE job = ?"
                                           " ORDER BY sequence", (key,))]
    db.execute("CREATE TEMP TABLE copies (n INTEGER PRIMARY KEY)")
    db.execute("INSERT INTO copies WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c"
               " WHERE n < ?) SELECT n FROM c", (count,))
    # An id's last sixteen characters are random; decimal digits are among what they are drawn from.
    other = {"key": f"{last_key} + n", "id": f"'{identity[:10]}' || printf('%016d', {last_key} + n)",
             "last_event": f"{last_sequence} + n * {len(events)}"}
    if noticed is not None:
        other["noticed_at"] = f"{noticed} - ({count} - n) * {APART_MS}"
    for table in ("jobs", "progress"):
        _insert(db, table, f"key = {key}", other)
    if noticed is None:
        _insert(db, "open_jobs", f"key = {key}", other)
    else:  # by its whole key: it has no index by the job alone
        _insert(db, "finished", f"noticed_at = {noticed} AND finished.key = {key}", other)
    for i, sequence in enumerate(events):
        own = f"{last_sequence} + (n - 1) * {len(events)} + {i + 1}"
        _insert(db, "history", f"sequence = {sequence}",
                {"sequence": own, "job": other["key"], "previous": f"{own} - 1" if i else "0"})
    db.execute("UPDATE totals SET jobs = jobs + ? WHERE state = ?", (count, state))
    db.execute("UPDATE owner SET last_key = last_key + ?, last_sequence = last_sequence + ?,"
               " last_id = max(last_id, (SELECT max(id) FROM jobs))", (count, count * len(events)))


def _insert(db, table, original, other):
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(other.get(name, f"{table}.{name}") for name in columns)
    db.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM copies, {table}"
               f" WHERE {table}.{original} ORDER BY n")
