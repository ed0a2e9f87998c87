// Shell functions for texts that are run on a host; POSIX, no process forked.
#pragma once

#include <string_view>

namespace ketrew::host {

// `ketrew_absent PATH` succeeds where the path is proven absent: its nearest existing folder can be
// searched.
inline constexpr std::string_view absent_function = R"sh(
ketrew_absent() {
  ketrew_up=$1
  while :; do
    if [ -e "$ketrew_up" ] || [ -L "$ketrew_up" ]; then
      [ "$ketrew_up" != "$1" ] && [ -d "$ketrew_up" ] && [ -x "$ketrew_up" ]
      return
    fi
    case $ketrew_up in */?*) ketrew_up=${ketrew_up%/*} ;; *) return 1 ;; esac
    [ -n "$ketrew_up" ] || ketrew_up=/
  done
}
)sh";

// `ketrew_first_line PATH` sets ketrew_line, and ketrew_found: here (a whole line), broken (a file
// without one), absent (proven) or unreadable. Wants `ketrew_absent`.
inline constexpr std::string_view first_line_function = R"sh(
ketrew_first_line() {
  ketrew_line=
  if { IFS= read -r ketrew_line <"$1"; } 2>/dev/null; then ketrew_found=here
  elif [ -r "$1" ]; then ketrew_found=broken
  elif ketrew_absent "$1"; then ketrew_found=absent
  else ketrew_found=unreadable
  fi
}
)sh";

// `ketrew_uptime` sets ketrew_now: seconds since the machine's boot, which no clock that is set can
// move; where the system does not tell, since 1970 (and then with a fork).
inline constexpr std::string_view uptime_function = R"sh(
ketrew_uptime() {
  { read -r ketrew_now ketrew_rest </proc/uptime; } 2>/dev/null || ketrew_now=$(date +%s)
  ketrew_now=${ketrew_now%%.*}
}
)sh";

}  // namespace ketrew::host
