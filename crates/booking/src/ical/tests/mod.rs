mod reading;
mod rules;
mod writing;
