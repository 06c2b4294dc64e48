// Vectors are Float64Arrays; a matrix is { rows, columns, values }, its values row by row.

export const double = vector => (vector instanceof Float64Array ? vector : Float64Array.from(vector));

/** One row of a matrix, in double precision. */
export const row = ({ columns, values }, i) => double(values.subarray(i * columns, (i + 1) * columns));

export const column = ({ rows, columns, values }, j) => Float64Array.from({ length: rows }, (_, i) => values[i * columns + j]);

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function plus(a, b, times = 1) {
  const found = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) found[i] = a[i] + times * b[i];
  return found;
}

export const minus = (a, b) => plus(a, b, -1);

export const length = vector => Math.sqrt(dot(vector, vector));

export function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const step = a[i] - b[i];
    sum += step * step;
  }
  return Math.sqrt(sum);
}

/** A matrix times a column. */
export const times = (matrix, vector) => Float64Array.from({ length: matrix.rows }, (_, i) => dot(row(matrix, i), vector));

/** The rows of a matrix, each as often as a vector says, added up. */
export function combined(shares, matrix) {
  const { columns, values } = matrix, found = new Float64Array(columns);
  for (let i = 0; i < shares.length; i++) {
    const share = shares[i], from = i * columns;
    if (share) for (let j = 0; j < columns; j++) found[j] += share * values[from + j];
  }
  return found;
}

/** Numbers of 0 to n - 1 in the order of a list of values, equal ones as they come. */
export const order = values => [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
