#include "core/protocol/start.hpp"

#include "core/protocol/fields.hpp"

namespace ketrew::protocol {
namespace {

Result<JobLabel> label_from(const Fields& fields) {
  JobLabel label;
  if (!fields.has("job")) return label;
  const auto object = fields.object("job", false);
  if (!object) return pass(object.error());
  const auto job = Fields::of(object->text);
  if (!job) return pass(job.error());
  label.id = job->text_or_empty("id");
  if (job->has("name")) {
    auto name = job->bytes("name");
    if (!name) return pass(name.error());
    label.name = std::move(*name);
  }
  const auto attempt = job->integer("attempt", 1, 1, UINT32_MAX);
  if (!attempt) return pass(attempt.error());
  label.attempt = static_cast<std::uint32_t>(*attempt);
  return label;
}

Result<StartAnswer> read_answer(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  const auto answer = fields->text("answer");
  if (!answer) return pass(answer.error());
  if (*answer == "started") {
    auto state = fields->any("state");
    if (!state) return pass(state.error());
    return Started{std::move(*state)};
  }
  if (*answer == "in-doubt") return InDoubt{fields->text_or_empty("why")};
  if (*answer != "refused")
    return fail(ErrorKind::invalid, "unknown answer \"" + one_line(*answer, 60) + '"');
  const auto when = fields->text("when");
  if (!when) return pass(when.error());
  if (*when != "for-now" && *when != "for-ever")
    return fail(ErrorKind::invalid, "\"when\" is neither \"for-now\" nor \"for-ever\"");
  return Refused{*when == "for-ever", fields->text_or_empty("why")};
}

}  // namespace

void append_params(std::string& out, const StartParams& params) {
  append_text(out, R"({"token":)", params.token);
  out += R"(,"program":)";
  out += params.program.text;
  out += R"(,"options":)";
  out += params.options.text;
  append_text(out, R"(,"host":)", params.host);
  append_text(out, R"(,"job":{"id":)", params.job.id);
  append_bytes(out, R"(,"name":)", params.job.name);
  out += R"(,"attempt":)";
  out += std::to_string(params.job.attempt);
  out += "}}";
}

Result<StartParams> start_params_from(std::string_view text) {
  const auto fields = Fields::of(text);
  if (!fields) return pass(fields.error());
  auto token = fields->token("token");
  if (!token) return pass(token.error());
  auto program = fields->any("program");
  if (!program) return pass(program.error());
  auto options = fields->object("options", true);
  if (!options) return pass(options.error());
  auto host = fields->text("host");
  if (!host) return pass(host.error());
  auto label = label_from(*fields);
  if (!label) return pass(label.error());
  return StartParams{std::move(*token), std::move(*program), std::move(*options), std::move(*host),
                     std::move(*label)};
}

std::string to_text(const StartAnswer& answer) {
  std::string out;
  if (const auto* started = std::get_if<Started>(&answer)) {
    out = R"({"answer":"started","state":)" + started->state.text;
  } else if (const auto* refused = std::get_if<Refused>(&answer)) {
    out = R"({"answer":"refused","when":)";
    out += refused->for_ever ? R"("for-ever")" : R"("for-now")";
    append_text(out, R"(,"why":)", refused->why);
  } else {
    append_text(out, R"({"answer":"in-doubt","why":)", std::get<InDoubt>(answer).why);
  }
  return out + '}';
}

StartAnswer start_answer_from(std::string_view text) {
  auto answer = read_answer(text);
  if (!answer) return InDoubt{"the backend's answer cannot be read: " + answer.error().text()};
  return std::move(*answer);
}

}  // namespace ketrew::protocol
