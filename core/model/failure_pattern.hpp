// What is the same in the words of many failures.
#pragma once

#include <string>
#include <string_view>

namespace ketrew {

// The words without what differs from one job to the next: numbers become `N`, paths `PATH`, long
// hexadecimal words and job ids `ID`; blanks are one. At most 300 bytes are looked at.
//
//   "sample_17: cannot open /data/run3/s17.bam (errno 2)" -> "sample_N: cannot open PATH (errno N)"
std::string failure_pattern(std::string_view words);

}  // namespace ketrew
