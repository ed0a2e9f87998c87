#include "app/ketrew-backend-host/module.hpp"

#include <dlfcn.h>

#include "app/ketrew-backend-host/descriptor.hpp"
#include "core/base/text.hpp"
#include "core/protocol/line_reader.hpp"
#include "core/protocol/raw_json.hpp"

namespace ketrew::backend_host {
namespace {

void append_to(void* context, const char* data, std::size_t size) {
  if (size > 0) static_cast<std::string*>(context)->append(data, size);
}

}  // namespace

Result<const ketrew_backend_descriptor*> load_module(const std::string& path) {
  if (auto judged = judge_file(path); !judged) return pass(judged.error());
  // With a slash, or the loader would look elsewhere.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) return fail(ErrorKind::invalid, "cannot load: " + one_line(dlerror()));
  const void* symbol = dlsym(handle, "ketrew_backend");
  if (!symbol) return fail(ErrorKind::invalid, path + ": it does not export `ketrew_backend`");
  const auto* descriptor = static_cast<const ketrew_backend_descriptor*>(symbol);
  const std::string_view bytes(reinterpret_cast<const char*>(descriptor), sizeof *descriptor);
  if (auto judged = judge_descriptor(bytes); !judged) return fail(std::move(judged.error()), path);
  if (auto judged = judge_functions(*descriptor); !judged)
    return fail(std::move(judged.error()), path);
  return descriptor;
}

Result<Instance> Instance::create(const ketrew_backend_descriptor& descriptor,
                                  const ketrew_host_services& services) {
  ketrew_instance* instance = nullptr;
  std::string error;
  const ketrew_status status =
      descriptor.functions->create(&services, &instance, {&error, &append_to});
  if (status != KETREW_OK)
    return fail(ErrorKind::internal,
                std::string(descriptor.name) + ": cannot be created: " + one_line(error));
  return Instance(descriptor.functions, instance);
}

Instance::Instance(Instance&& other) noexcept
    : functions_(std::exchange(other.functions_, nullptr)),
      instance_(std::exchange(other.instance_, nullptr)) {}

Instance::~Instance() {
  if (functions_) functions_->destroy(instance_);
}

Answer Instance::call(const Method& method, std::string_view request) const {
  const ketrew_call function = function_of(*functions_, method);
  if (!function) {
    if (method.without) return {KETREW_OK, method.without};
    return {KETREW_UNKNOWN_METHOD, std::string("this backend has no `") + method.name + '`'};
  }
  Answer answer;
  answer.status = function(instance_, {request.data(), request.size()}, {&answer.text, &append_to});
  if (answer.status != KETREW_OK) {
    answer.text = one_line(to_valid_utf8(answer.text), 2000);
    return answer;
  }
  if (answer.text.size() > protocol::line_limit / 2)
    return {KETREW_FAILED, "the backend's answer is too large"};
  if (auto good = protocol::check_json(answer.text); !good)
    return {KETREW_FAILED, "the backend's answer is broken: " + good.error().text()};
  // Outside of strings a newline is mere space, and inside there is none.
  std::replace(answer.text.begin(), answer.text.end(), '\n', ' ');
  std::replace(answer.text.begin(), answer.text.end(), '\r', ' ');
  return answer;
}

}  // namespace ketrew::backend_host
