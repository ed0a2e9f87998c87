// The ResourceManager's REST interface: the shell texts that ask it, with curl on the host of the
// job, and what its answers say. Pure.
//
// Format of the documents: "ResourceManager REST API's" in Hadoop's documentation (2.7 to 3.4), and
// answers that were recorded (tests/transcripts/yarn).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/yarn/application.hpp"
#include "backends/yarn/site.hpp"

namespace ketrew::yarn {

// Defines `ketrew_rest PATH...`, paths below /ws/v1/cluster: all of them in one curl over one
// connection, of several ResourceManagers the active one, which sets $ketrew_active. After it
// `ketrew_put TEXT PATH...` puts the text there. What they print is for read_rest. Both set
// $ketrew_refused: the paths that answered "not you" or "not so" (400, 401, 403, 405).
std::string rest_functions(const Site& site);

struct RestDocument {
  int code = 0;      // of HTTP; 0: no answer
  std::string path;  // below /ws/v1/cluster, without its query
  std::string_view body;  // points into what was read
};
// Of a ResourceManager that is not active (any more, yet) the only document is `info`.
struct RestAnswer {
  std::vector<RestDocument> documents;
  std::string problem;  // where it is not active, or was not reached
};
RestAnswer read_rest(const sdk::batch::ShellOutput& output);

// The list of `apps`, which may be empty: `unavailable` with the reason where the document is
// something else (an exception, a standby's redirection, a page of HTML, the half of a list).
Result<std::vector<Application>> read_applications(const RestDocument& document);

// The document of `apps/ID`. not_found where the ResourceManager says that it does not know this
// id: an answer in good health. Other errors as above.
Result<Application> read_application(const RestDocument& document);

// The answer to a PUT on `apps/ID/state`: the state that it is in now. Errors as above.
Result<std::string> read_state(const RestDocument& document);

// `info` and `metrics`, for `check`: the object of that name within.
Result<Json> read_object(const RestDocument& document, const std::string& name);

}  // namespace ketrew::yarn
