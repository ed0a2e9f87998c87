#include "backends/sdk/module.hpp"

#include "backends/sdk/registration.hpp"
#include "backends/sdk/wire.hpp"
#include "core/protocol/check.hpp"

namespace ketrew::sdk {
namespace {

ketrew_text borrowed(std::string_view text) { return {text.data(), text.size()}; }

std::string_view view(ketrew_text text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

ketrew_status refuse(ketrew_sink sink, ketrew_status status, std::string_view why) {
  sink.write(sink.context, why.data(), why.size());
  return status;
}

ketrew_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return KETREW_INVALID;
    case ErrorKind::not_found: return KETREW_UNKNOWN_METHOD;
    case ErrorKind::ambiguous:
    case ErrorKind::conflict:
    case ErrorKind::denied:
    case ErrorKind::unavailable:
    case ErrorKind::timeout:
    case ErrorKind::corrupt:
    case ErrorKind::internal: return KETREW_FAILED;
  }
  return KETREW_FAILED;
}

Module* module_of(ketrew_instance* instance) { return reinterpret_cast<Module*>(instance); }

// The one way in: nothing that is thrown gets out.
ketrew_status call(Result<std::string> (Module::*method)(std::string_view),
                   ketrew_instance* instance, ketrew_text request, ketrew_sink answer) noexcept {
  try {
    const auto result = (module_of(instance)->*method)(view(request));
    if (!result)
      return refuse(answer, status_of(result.error().kind), one_line(result.error().text(), 1000));
    answer.write(answer.context, result->data(), result->size());
    return KETREW_OK;
  } catch (...) {
    return refuse(answer, KETREW_FAILED, current_exception_text());
  }
}

}  // namespace

void Services::log(LogLevel level, std::string_view text) const {
  if (host_) host_->log(host_->context, static_cast<int32_t>(level), borrowed(text));
}

void Services::changed(std::span<const std::string> tokens) const {
  if (!host_ || tokens.empty()) return;
  std::string text = "[";
  for (const std::string& token : tokens) {
    if (text.size() > 1) text += ',';
    append_json_string(text, token);
  }
  text += ']';
  host_->changed(host_->context, borrowed(text));
}

const ketrew_backend_descriptor* Services::find_module(const std::string& name) const {
  return host_ ? host_->find_module(host_->context, name.c_str()) : nullptr;
}

ketrew_status create_instance(std::unique_ptr<Module> (*make)(), const char* name,
                              const char* version, const ketrew_host_services* services,
                              ketrew_instance** instance, ketrew_sink error) noexcept {
  try {
    std::unique_ptr<Module> module = make();
    module->attach(Services(services), name, version);
    *instance = reinterpret_cast<ketrew_instance*>(module.release());
    return KETREW_OK;
  } catch (...) {
    return refuse(error, KETREW_FAILED, current_exception_text());
  }
}

extern "C" {
void ketrew_sdk_destroy(ketrew_instance* instance) noexcept { delete module_of(instance); }
ketrew_status ketrew_sdk_initialize(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::initialize_text, i, r, a);
}
ketrew_status ketrew_sdk_start(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::start_text, i, r, a);
}
ketrew_status ketrew_sdk_find(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::find_text, i, r, a);
}
ketrew_status ketrew_sdk_update(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::update_text, i, r, a);
}
ketrew_status ketrew_sdk_kill(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::kill_text, i, r, a);
}
ketrew_status ketrew_sdk_queries(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::queries_text, i, r, a);
}
ketrew_status ketrew_sdk_query(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::query_text, i, r, a);
}
ketrew_status ketrew_sdk_log(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::log_text, i, r, a);
}
ketrew_status ketrew_sdk_check(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::check_text, i, r, a);
}
ketrew_status ketrew_sdk_shutdown(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::shutdown_text, i, r, a);
}
ketrew_status ketrew_sdk_inventory(ketrew_instance* i, ketrew_text r, ketrew_sink a) noexcept {
  return call(&Module::inventory_text, i, r, a);
}
}

}  // namespace ketrew::sdk
