#include "app/ketrewd/start_texts.hpp"

namespace ketrew::daemon {

StartTexts start_texts_of(const JobSpec& spec) {
  StartTexts texts;
  append_json(texts.program.text, spec.program);
  if (!spec.options.empty()) texts.options = protocol::raw(spec.options);
  texts.name = spec.name;
  return texts;
}

Result<StartTexts> start_texts_from(std::string_view spec) {
  const auto corrupt = [](const std::string& why) { return fail(ErrorKind::corrupt, why); };
  // On the wire a line is a message.
  if (spec.find('\n') != std::string_view::npos) return corrupt("it has several lines");
  const auto members = protocol::scan_object(spec);
  if (!members) return corrupt(members.error().what);
  StartTexts texts;
  const auto program = members->find("program");
  if (!program || (program->front() != '{' && program->front() != '['))
    return corrupt("it has no program");
  texts.program.text = *program;
  if (const auto options = members->find("options")) {
    if (options->front() != '{') return corrupt("its options are no object");
    texts.options.text = *options;
  }
  if (const auto name = members->find("name")) {
    auto bytes = protocol::scan_string(*name);
    if (!bytes) {
      auto decoded = bytes_from_json(Json::parse(*name, nullptr, false));
      if (!decoded) return corrupt("its name: " + decoded.error().what);
      bytes = std::move(*decoded);
    }
    texts.name = std::move(*bytes);
  }
  return texts;
}

protocol::RawJson grown(const protocol::RawJson& options, const RetryPolicy& policy,
                        const std::array<std::uint16_t, failure_class_count>& failures) {
  Json json = Json::parse(options.text, nullptr, false);
  if (!json.is_object()) return options;
  return protocol::raw(grown_options(std::move(json), policy, failures));
}

}  // namespace ketrew::daemon
