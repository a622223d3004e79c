// Folders for results: whether files could be made there, asked before the work, and made.
#pragma once

#include <string>

namespace dem {

// Throws Error{kIo} where `folder` is no folder or not writable, or, where there is none, where its
// nearest ancestor that exists is. Makes and touches nothing; a full disk shows later.
void require_writable_folder(const std::string& folder);

// Makes the folder, and those above it, where there is none. Throws Error{kIo}.
void make_folder(const std::string& folder);

}  // namespace dem
