-- Every new person paid for this index, and only taking back an import read it: whom an import created is found by
-- their ids, which are in the order of time.
drop index subscriber_import;
