// What SQLite and rows say by throwing, as a Result.
#pragma once

#include "core/store/rows.hpp"
#include "core/store/sqlite.hpp"

namespace ketrew::store {

// `question` gives a Result; `doing` says in an error what could not be done.
template <class F>
auto answer(const char* doing, F question) -> decltype(question()) {
  try {
    return question();
  } catch (const SqliteFailure& failure) {
    return pass(to_error(failure, doing));
  } catch (const Unreadable& unreadable) {
    return fail(ErrorKind::corrupt, std::string(doing) + ": " + unreadable.problem);
  }
}

}  // namespace ketrew::store
