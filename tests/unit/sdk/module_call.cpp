#include "tests/unit/sdk/module_call.hpp"

namespace ketrew::sdk {
namespace {

void append_to(void* context, const char* data, std::size_t size) {
  static_cast<std::string*>(context)->append(data, size);
}

}  // namespace

FakeHost::FakeHost(const ketrew_backend_descriptor& backend,
                   std::vector<const ketrew_backend_descriptor*> others)
    : backend_(backend), others_(std::move(others)) {
  services_ = {sizeof services_,
               0,
               this,
               [](void*, int32_t, ketrew_text) {},
               [](void* self, ketrew_text tokens) {
                 static_cast<FakeHost*>(self)->changed.emplace_back(tokens.data, tokens.size);
               },
               [](void* self, const char* name) -> const ketrew_backend_descriptor* {
                 for (const auto* other : static_cast<FakeHost*>(self)->others_)
                   if (std::string_view(other->name) == name) return other;
                 return nullptr;
               }};
  std::string error;
  if (backend_.functions->create(&services_, &instance_, {&error, &append_to}) != KETREW_OK)
    instance_ = nullptr;
}

FakeHost::~FakeHost() {
  if (instance_) backend_.functions->destroy(instance_);
}

FakeHost::Answer FakeHost::call(ketrew_call ketrew_backend_functions::*method,
                                const Json& request) {
  Answer answer{KETREW_FAILED, {}};
  const std::string text = request.dump();
  answer.status = (backend_.functions->*method)(instance_, {text.data(), text.size()},
                                                {&answer.text, &append_to});
  return answer;
}

FakeHost::Answer FakeHost::initialize(const Json& options) {
  return call(&ketrew_backend_functions::initialize,
              {{"protocol", 1}, {"name", "tested"}, {"options", options}, {"home", "/nowhere"}});
}

}  // namespace ketrew::sdk
