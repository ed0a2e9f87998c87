// One entry of `plugins:`. Internal to this room.
#pragma once

#include "core/profile/map_reader.hpp"
#include "core/profile/profile.hpp"

namespace ketrew::profile {

Plugin read_plugin(const YamlNode& node, Problems& problems);

}  // namespace ketrew::profile
