-- Small things by name: settings, cached catalogues, records of what was asked.
CREATE TABLE notes (
  space TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (space, name)
);
