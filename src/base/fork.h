// Being copied by fork().
#pragma once

namespace dem {

// Has fork() call these in the thread that forks, null ones left out: `before` in the parent ahead
// of the copy, `in_parent` and `in_child` after it. A child has one thread, the one that forked,
// and whatever the others were at stays as it was. They must not throw. Returns true, so that a
// static object can be made of it: what is registered while threads run may come too late for a
// fork.
bool at_fork(void (*before)(), void (*in_parent)(), void (*in_child)()) noexcept;

}  // namespace dem
