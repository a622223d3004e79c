// Features in several files, whose rows follow one another.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace dem {

// The files that a path means, in natural order: itself, all arrays of a folder, or all that a
// pattern with * or ? fits; empty where there are none. Throws Error{kFormat} where a folder has
// arrays of several formats.
[[nodiscard]] std::vector<std::string> shard_files(const std::string& path);

// Throws Error{kFormat} where files whose names count leave one out, which would move every row
// behind it. Files whose names do not count are no shards. `where` begins the message.
void require_all_shards(const std::string& where, const std::vector<std::string>& shards);

// Throws Error{kFormat} naming both files where both have headings and these differ.
void require_same_headings(const std::string& first_path,
                           std::span<const std::string> first,
                           const std::string& path,
                           std::span<const std::string> headings);

}  // namespace dem
