-- beside: 5
-- What one process at a time may do, who does it, and until when that holds without another sign of life.
CREATE TABLE seats (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until DOUBLE PRECISION NOT NULL
);
