// Runs exported models in ONNX Runtime: node check_onnxruntime.js NODE_MODULES FOLDER, the folder as
// write_models wrote it. Exit status 0 where all outputs agree with dem's, 1 otherwise.
const fs = require('fs');
const path = require('path');
const ort = require(path.join(path.resolve(process.argv[2]), 'onnxruntime-node'));

const folder = process.argv[3];
let failures = 0;
let largest = 0;

function floats(file) {
  const bytes = fs.readFileSync(path.join(folder, file));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function fail(message) {
  failures += 1;
  if (failures <= 20) console.log(message);
}

// Every value within its row's tolerance.
function checkValues(where, got, expected) {
  const values = floats(expected.file);
  const tolerances = floats(expected.tolerance);
  const [rows, columns] = expected.shape;
  if (got.dims.join() !== expected.shape.join()) {
    fail(`${where}: expected [${expected.shape}], got [${got.dims}]`);
    return;
  }
  for (let i = 0; i < rows * columns; ++i) {
    const tolerance = tolerances[Math.floor(i / columns)];
    const difference = Math.abs(got.data[i] - values[i]);
    largest = Math.max(largest, tolerance > 0 ? difference / tolerance : 0);
    if (!(difference <= tolerance)) {
      fail(`${where}[${i}]: expected ${values[i]} within ${tolerance}, got ${got.data[i]}`);
    }
  }
}

// Ids are those of the nearest classes: different from each other, as near as dem's nearest up to
// rounding, and those that top_scores belong to.
// Of a rejected row they are -1.
function checkIds(where, ids, expected, outputs, best) {
  const scores = floats(expected.file);
  const classes = expected.shape[1];
  const [rows, k] = ids.dims;
  if (ids.type !== 'int64' || rows !== expected.shape[0] || k !== best.shape[1]) {
    fail(`${where}: expected int64 [${best.shape}], got ${ids.type} [${ids.dims}]`);
    return;
  }
  const dem = floats(best.file);
  const tolerances = floats(best.tolerance);
  for (let i = 0; i < rows; ++i) {
    const row = Array.from(ids.data.slice(i * k, (i + 1) * k), Number);
    if (outputs.accepted !== undefined && !outputs.accepted.data[i]) {
      if (row.some((id) => id !== -1)) fail(`${where}: row ${i} is rejected, got ${row}`);
      continue;
    }
    if (new Set(row).size !== k) fail(`${where}: row ${i} repeats a class: ${row}`);
    for (let j = 0; j < k; ++j) {
      const score = scores[i * classes + row[j]];
      if (!(Math.abs(score - dem[i * k + j]) <= 2 * tolerances[i])) {
        fail(`${where}: row ${i}, place ${j}: class ${row[j]} with score ${score}, expected one ` +
             `with ${dem[i * k + j]}`);
      }
      if (outputs.top_scores.data[i * k + j] !== outputs.scores.data[i * classes + row[j]]) {
        fail(`${where}: row ${i}, place ${j}: top_scores is not the score of class ${row[j]}`);
      }
    }
  }
}

// Rows are accepted as dem accepts them, but where rounding decides, and always by the graph's own
// probabilities.
function checkAccepted(where, accepted, expected, probabilities, threshold) {
  const values = floats(expected.file);
  if (accepted.type !== 'bool' || accepted.dims.join() !== expected.shape.join()) {
    fail(`${where}: expected bool [${expected.shape}], got ${accepted.type} [${accepted.dims}]`);
    return;
  }
  const classes = probabilities.dims[1];
  for (let i = 0; i < values.length; ++i) {
    const first = Math.max(...probabilities.data.slice(i * classes, (i + 1) * classes));
    const got = Boolean(accepted.data[i]);
    if (got !== first >= threshold) fail(`${where}: row ${i}: ${got} with probability ${first}`);
    if (values[i] !== 0.5 && got !== (values[i] === 1)) {
      fail(`${where}: row ${i}: expected ${values[i] === 1}, got ${got}`);
    }
  }
}

async function check(one) {
  const session = await ort.InferenceSession.create(path.join(folder, one.model));
  for (const run of one.runs) {
    const feeds = {};
    for (const input of run.inputs) {
      feeds[input.name] = new ort.Tensor('float32', floats(input.file), input.shape);
    }
    const outputs = await session.run(feeds);
    const best = run.outputs.find((output) => output.name === 'top_scores');
    for (const expected of run.outputs) {
      const where = `${one.model}, batch ${expected.shape[0]}: ${expected.name}`;
      if (expected.name === 'top_ids') {
        checkIds(where, outputs.top_ids, expected, outputs, best);
      } else if (expected.name === 'accepted') {
        checkAccepted(where, outputs.accepted, expected, outputs.probabilities, one.reject_below);
      } else {
        checkValues(where, outputs[expected.name], expected);
      }
    }
    if (Object.keys(outputs).length !== run.outputs.length) {
      fail(`${one.model}: expected ${run.outputs.length} outputs, got ${Object.keys(outputs)}`);
    }
  }
}

(async () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  for (const one of manifest) await check(one);
  console.log(`ONNX Runtime: ${manifest.length} models, ${failures} differences, the largest ` +
              `error ${largest.toFixed(3)} of its tolerance`);
  process.exit(failures > 0 || manifest.length === 0 ? 1 : 0);
})().catch((error) => {
  console.log(String(error));
  process.exit(1);
});
