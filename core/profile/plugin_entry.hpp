// One entry of `plugins:`. Internal to this room.
#pragma once

#include "core/yaml/map_reader.hpp"
#include "core/profile/profile.hpp"

namespace ketrew::profile {

Plugin read_plugin(const yaml::Node& node, yaml::Problems& problems);

}  // namespace ketrew::profile
