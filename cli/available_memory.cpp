#include "available_memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

namespace dem::cli {
namespace {

std::optional<Index> number_in(const char* path) {
  std::ifstream file(path);
  Index value = 0;
  if (file >> value) return value;
  return std::nullopt;  // "max", or there is no such file
}

std::optional<Index> available_in_system() {
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    Index kib = 0;
    if (name == "MemAvailable:" && file >> kib) return kib * 1024;
  }
  return std::nullopt;
}

// What the group's files take in memory and would give back.
Index reclaimable(const char* path) {
  std::ifstream file(path);
  Index value = 0;
  for (std::string name; file >> name >> value;) {
    if (name == "inactive_file" || name == "total_inactive_file") return value;
  }
  return 0;
}

// Of the control group that a container sees as its root, version 2 or 1.
std::optional<Index> available_in_group() {
  auto limit = number_in("/sys/fs/cgroup/memory.max");
  auto used = number_in("/sys/fs/cgroup/memory.current");
  Index files = reclaimable("/sys/fs/cgroup/memory.stat");
  if (!limit) {
    limit = number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    used = number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes");
    files = reclaimable("/sys/fs/cgroup/memory/memory.stat");
  }
  if (!limit || !used) return std::nullopt;
  return std::max<Index>(*limit - *used + files, 0);
}

}  // namespace

Index available_memory() {
  const std::optional<Index> system = available_in_system(), group = available_in_group();
  if (!system) return group.value_or(0);
  return group ? std::min(*system, *group) : *system;
}

}  // namespace dem::cli
