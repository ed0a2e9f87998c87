#include "core/store/filter_sql.hpp"

#include <sqlite3.h>

#include "core/store/rows.hpp"

namespace ketrew::store {
namespace {

using filter::Field;
using filter::Filter;
using filter::Op;
using filter::Test;

// SQL's third truth value is settled at each test: what follows has only two.
std::string settled(const std::string& expression, bool wanted) {
  return "((" + expression + (wanted ? ") IS TRUE)" : ") IS NOT TRUE)");
}

const char* sign(Op op) {
  switch (op) {
    case Op::equal: case Op::differs: return "=";
    case Op::less: return "<";
    case Op::less_equal: return "<=";
    case Op::greater: return ">";
    case Op::greater_equal: return ">=";
    case Op::like: case Op::unlike: break;
  }
  return "";
}

std::string state_list(filter::StateSet states) {
  std::string list;
  for (const State state : all_states)
    if (states & filter::bit(state))
      list += (list.empty() ? "" : ",") + std::to_string(static_cast<int>(state));
  return "(" + list + ")";
}

class Writer {
 public:
  Writer(FilterSql& out, Wall now) : out_(out), now_(std::to_string(unix_milliseconds(now))) {}

  std::string write(const Filter& filter) {
    switch (filter.form) {
      case Filter::Form::test: return write(filter.test);
      case Filter::Form::all: return chain(filter, " AND ", "1");
      case Filter::Form::any: return chain(filter, " OR ", "0");
      case Filter::Form::no: return "(NOT " + write(filter.parts.front()) + ")";
    }
    return "0";
  }

 private:
  std::string chain(const Filter& filter, const char* word, const char* none) {
    std::string sql;
    for (const Filter& part : filter.parts) sql += (sql.empty() ? "" : word) + write(part);
    return sql.empty() ? none : "(" + sql + ")";
  }

  static bool wanted(Op op) { return op != Op::differs && op != Op::unlike; }

  // `column` = or like the test's text.
  std::string text(const std::string& column, const Test& test) {
    out_.texts.push_back(test.text);
    if (test.op == Op::like || test.op == Op::unlike) return "ketrew_like(" + column + ", ?)";
    return column + " = ?";
  }
  std::string text_test(const std::string& column, const Test& test) {
    return settled(text(column, test), wanted(test.op));
  }
  // The text stands once in `words`; the column has its number.
  std::string word_test(const std::string& column, const Test& test) {
    return settled(column + " IN (SELECT number FROM words WHERE " + text("words.text", test) + ")",
                   wanted(test.op));
  }
  std::string number_test(const std::string& value, const Test& test) {
    return settled(value + " " + sign(test.op) + " " + std::to_string(test.number),
                   wanted(test.op));
  }
  static std::string flag_test(std::int64_t flag) {
    return settled("p.flags & " + std::to_string(flag), true);
  }

  std::string write(const Test& test) {
    switch (test.field) {
      case Field::id:
        if (test.op == Op::like || test.op == Op::unlike) return text_test("j.id", test);
        // Crockford's alphabet ends with z: '{' comes right behind all that begin so.
        out_.texts.push_back(test.text);
        out_.texts.push_back(test.text + "{");
        return settled("j.id >= ? AND j.id < ?", wanted(test.op));
      case Field::name: return text_test("j.name", test);
      case Field::backend: return word_test("j.backend", test);
      case Field::host: return word_test("j.host", test);
      case Field::tag:
        return settled("EXISTS (SELECT 1 FROM tags WHERE tags.job = j.key AND " +
                           text("tags.tag", test) + ")",
                       wanted(test.op));
      case Field::state:
      case Field::status:
        return settled("p.state IN " + state_list(test.states), wanted(test.op));
      case Field::failure: return number_test("p.failure", test);
      case Field::phase: return text_test("p.phase", test);
      case Field::message: return text_test("p.message", test);
      case Field::reason: return text_test("p.reason", test);
      case Field::attempt: return number_test("p.attempt", test);
      case Field::exit_code: return number_test("p.exit_code", test);
      case Field::signal: return number_test("p.signal", test);
      case Field::age: return number_test("(" + now_ + " - j.submitted_at)", test);
      case Field::took:
        return number_test("(COALESCE(p.ended_at, CASE WHEN p.state < " +
                               std::to_string(static_cast<int>(State::succeeded)) + " THEN " + now_ +
                               " END) - p.started_at)",
                           test);
      case Field::since_end: return number_test("(" + now_ + " - p.noticed_at)", test);
      case Field::submitted: return number_test("j.submitted_at", test);
      case Field::started: return number_test("p.started_at", test);
      case Field::finished: return number_test("p.noticed_at", test);
      case Field::root_failure:
        return settled("p.state IN " + state_list(filter::root_failures()), true);
      case Field::in_doubt: return flag_test(progress_flag::doubt);
      case Field::set_aside: return flag_test(progress_flag::set_aside);
      case Field::orphan: return flag_test(progress_flag::orphan);
      case Field::workflow: {
        const std::string name = text("w.name", test), id = text("w.id", test);
        return settled("EXISTS (SELECT 1 FROM workflows w WHERE w.key = j.workflow AND (" + name +
                           " OR " + id + "))",
                       wanted(test.op));
      }
    }
    return "0";
  }

  FilterSql& out_;
  const std::string now_;
};

void narrow(Selection& selection, const Test& test, Wall now) {
  if (test.field == Field::since_end && (test.op == Op::less || test.op == Op::less_equal)) {
    const Wall since = now - Milliseconds(test.number);
    // The selection lets the unfinished pass as well; the filter will not.
    if (!selection.finished_since || *selection.finished_since < since)
      selection.finished_since = since;
  }
  filter::StateSet states = test.states;
  if (test.field == Field::root_failure) states = filter::root_failures();
  if (states != 0 && test.op == Op::equal) {
    std::vector<State> both;
    const auto& before = selection.states;
    for (const State state : all_states)
      if ((states & filter::bit(state)) &&
          (before.empty() || std::find(before.begin(), before.end(), state) != before.end()))
        both.push_back(state);
    if (!both.empty()) selection.states = std::move(both);
  }
  if (test.op != Op::equal || test.text.empty()) return;
  if (test.field == Field::tag && selection.tag.empty()) selection.tag = test.text;
  if (test.field == Field::name && selection.name.empty()) selection.name = test.text;
  if (test.field == Field::workflow && selection.workflow.empty()) selection.workflow = test.text;
  if (test.field == Field::backend && selection.backend.empty()) selection.backend = test.text;
}

void narrow(Selection& selection, const Filter& filter, Wall now) {
  if (filter.form == Filter::Form::test) narrow(selection, filter.test, now);
  if (filter.form == Filter::Form::all)
    for (const Filter& part : filter.parts) narrow(selection, part, now);
}

std::string_view bytes_of(sqlite3_value* value) {
  const void* bytes = sqlite3_value_blob(value);  // before the size: it may convert
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
}

void like(sqlite3_context* context, int, sqlite3_value** values) {
  const std::string_view text = bytes_of(values[0]);
  if (text.empty()) return sqlite3_result_null(context);
  sqlite3_result_int(context, filter::like(text, bytes_of(values[1])));
}

}  // namespace

void FilterSql::bind(Query& query) const {
  for (const auto& text : texts) query.bytes(text);
}

FilterSql to_sql(const Filter& filter, Wall now) {
  FilterSql sql;
  sql.expression = Writer(sql, now).write(filter);
  return sql;
}

Selection narrowed(Selection selection, const Filter& filter, Wall now) {
  narrow(selection, filter, now);
  return selection;
}

void add_filter_functions(Connection& db) {
  const int code = sqlite3_create_function_v2(
      db.raw(), "ketrew_like", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
      like, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw SqliteFailure{code, "cannot add a function"};
}

}  // namespace ketrew::store
