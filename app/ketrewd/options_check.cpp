#include "app/ketrewd/options_check.hpp"

// Without it valijson ends the process where a schema is bad.
#define VALIJSON_USE_EXCEPTIONS 1

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include "app/ketrewd/options_explain.hpp"

namespace ketrew::daemon {

using valijson::adapters::NlohmannJsonAdapter;

struct OptionsCheck::Compiled {
  Json json;
  valijson::Schema schema;
  std::string problem;  // of the schema itself
};

OptionsCheck::OptionsCheck() = default;
OptionsCheck::~OptionsCheck() = default;

Result<> OptionsCheck::check(const std::string& backend, const std::string& schema,
                             const Json& options, std::string* option) {
  const std::lock_guard lock(mutex_);
  constexpr std::size_t most = 256;  // of backends that were replaced by others, and so on
  if (compiled_.size() > most) compiled_.clear();
  auto& compiled = compiled_[schema];
  if (!compiled) {
    compiled = std::make_unique<Compiled>();
    compiled->json = Json::parse(schema, nullptr, false);
    if (!compiled->json.is_object()) {
      compiled->problem = "it is no JSON object";
    } else {
      try {
        valijson::SchemaParser parser;
        parser.populateSchema(NlohmannJsonAdapter(compiled->json), compiled->schema);
      } catch (const std::exception& error) {
        compiled->problem = one_line(error.what(), 200);
      }
    }
  }
  if (!compiled->problem.empty())
    return fail(ErrorKind::unavailable,
                "backend " + backend +
                    " gave a schema of its options that cannot be used: " + compiled->problem);
  std::string why;
  try {
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled->schema, NlohmannJsonAdapter(options), &results)) return {};
    if (results.numErrors() > 0) {
      const auto& first = *results.begin();
      why = join(first.context, "") + ": " + first.description;
    }
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (auto wrong = explain_options(backend, compiled->json, options)) {
    if (option) *option = wrong->option;
    return pass(wrong->error);
  }
  return fail(ErrorKind::invalid, "options of backend " + backend + ": " + one_line(why, 300),
              "see 'ketrewd backends " + backend + "'");
}

Result<> OptionsCheck::check(const OptionSchemas& schemas, const JobSpec& spec, std::string* option) {
  const auto backend = schemas.backends.find(spec.backend);
  if (backend == schemas.backends.end())
    return fail(ErrorKind::unavailable, "backend " + spec.backend + " is not loaded",
                "see `ketrewd backends`");
  const auto& [known, here, far] = backend->second;
  if (!known)
    return fail(ErrorKind::unavailable,
                "backend " + spec.backend + " is not ready: its options are not known",
                "see `ketrewd backends`");
  return check(spec.backend, spec.host.starts_with('/') || far.empty() ? here : far, spec.options, option);
}

}  // namespace ketrew::daemon
