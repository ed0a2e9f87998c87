// From a slot to the end of a job in its playground.
#pragma once

#include "backends/daemonize/supervisor/slot_table.hpp"
#include "backends/daemonize/supervisor/wire.hpp"
#include "core/base/error.hpp"

namespace ketrew::daemonize {

inline constexpr std::uint32_t flag_foreign = 1;      // not our child: both parents were killed
inline constexpr std::uint32_t flag_log_command = 2;  // the supervisor logs the command's end
inline constexpr std::uint32_t flag_survivors = 4;    // processes of it would not die

// What the slot (step `exited`) knows of the end.
wire::End end_of(const Slot& slot);

// The last lines of `log`, then `exit`, renamed into place. Again after a crash or a full disk: the
// same `exit`; the log may have its last lines twice.
Result<> publish(const SlotTable& table, const Slot& slot);

}  // namespace ketrew::daemonize
