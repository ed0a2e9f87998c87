#include "core/protocol/find.hpp"

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {
namespace {

Result<FindAnswer> read_answer(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto answer = fields->text("answer");
  if (!answer) return pass(answer.error());
  if (*answer == "found") {
    auto state = fields->any("state");
    if (!state) return pass(state.error());
    return Found{std::move(*state)};
  }
  if (*answer == "cannot-tell") return CannotTell{fields->text_or_empty("why")};
  if (*answer != "absent")
    return fail(ErrorKind::invalid, "unknown answer \"" + one_line(*answer, 60) + '"');
  Absent absent;
  if (const auto evidence = fields->find("evidence")) {
    auto read = evidence_from_json(Json::parse(*evidence, nullptr, false));
    if (!read) return pass(read.error());
    absent.evidence = std::move(*read);
  }
  return absent;
}

}  // namespace

void append_params(std::string& out, const FindParams& params) {
  append_text(out, R"({"token":)", params.token);
  append_text(out, R"(,"host":)", params.host);
  out += R"(,"options":)";
  out += params.options.text;
  out += '}';
}

Result<FindParams> find_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  auto token = fields->token("token");
  if (!token) return pass(token.error());
  auto host = fields->text("host");
  if (!host) return pass(host.error());
  auto options = fields->object("options", true);
  if (!options) return pass(options.error());
  return FindParams{std::move(*token), std::move(*host), std::move(*options)};
}

std::string to_text(const FindAnswer& answer) {
  std::string out;
  if (const auto* found = std::get_if<Found>(&answer)) {
    out = R"({"answer":"found","state":)" + found->state.text;
  } else if (const auto* absent = std::get_if<Absent>(&answer)) {
    out = R"({"answer":"absent","evidence":)" + to_json(absent->evidence).dump();
  } else {
    append_text(out, R"({"answer":"cannot-tell","why":)", std::get<CannotTell>(answer).why);
  }
  return out + '}';
}

FindAnswer find_answer_from(std::string_view text) {
  auto answer = read_answer(text);
  if (!answer) return CannotTell{"the backend's answer cannot be read: " + answer.error().text()};
  return std::move(*answer);
}

}  // namespace ketrew::protocol
