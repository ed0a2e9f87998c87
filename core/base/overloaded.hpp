#pragma once

namespace ketrew {

/// One visitor for std::visit out of a lambda for each alternative.
template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace ketrew
