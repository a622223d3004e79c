#include "dem/eval/evaluation_tables.h"

#include <algorithm>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

std::string cells_of_class(const ClassTable& classes, ClassId id) {
  const std::size_t num_classes = std::min(classes.names.size(), classes.seen.size());
  if (id < 0 || at(id) >= num_classes) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("confusion: expected classes below ", num_classes, ", got ", id));
  }
  return csv_cell(classes.names[at(id)]) + (classes.seen[at(id)] ? ",seen," : ",unseen,");
}

void write_cells(const char* protocol,
                 std::span<const ConfusionCell> cells,
                 const ClassTable& classes,
                 AtomicFile& file) {
  for (const ConfusionCell& cell : cells) {
    file.write(protocol + cells_of_class(classes, cell.truth) +
               cells_of_class(classes, cell.predicted) + shortest_text(cell.images) + '\n');
  }
}

}  // namespace

void write_curve(std::span<const CurvePoint> curve, const std::string& path) {
  AtomicFile file(path);
  file.write(std::string_view("gamma,unseen,seen,harmonic\n"));
  std::string line;
  for (const CurvePoint& point : curve) {
    line.clear();
    for (const double value : {point.gamma, point.unseen, point.seen}) {
      append_shortest(value, line);
      line += ',';
    }
    append_shortest(point.harmonic, line);
    file.write(line += '\n');
  }
  file.commit();
}

void write_confusion(const Confusion& confusion,
                     const ClassTable& classes,
                     const std::string& path) {
  AtomicFile file(path);
  file.write(std::string_view("protocol,class,kind,predicted,predicted_kind,images\n"));
  write_cells("zero-shot,", confusion.zero_shot, classes, file);
  write_cells("generalised,", confusion.generalised, classes, file);
  file.commit();
}

}  // namespace dem
