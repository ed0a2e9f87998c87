// The bytes of one exported symbol in the file of a shared object (ELF, of this machine's kind).
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace ketrew::backend_host {

// `file` is the whole file; the view begins at the symbol and ends where its segment does in the
// file. `invalid`: not such a file; `not_found`: it exports no such symbol.
Result<std::string_view> find_elf_symbol(std::string_view file, std::string_view name);

}  // namespace ketrew::backend_host
