// A MemoryDisk as SQLite's default file layer.
#pragma once

namespace ketrew::simulation {

class MemoryDisk;

// All files are on `disk` from here on; null: on the real one again.
void use_memory_vfs(MemoryDisk* disk);

}  // namespace ketrew::simulation
